"""Values become the bytes that leave, and reach their smarthost."""
