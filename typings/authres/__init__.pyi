class AuthResError(Exception): ...

class AuthenticationResultProperty:
    type: str
    name: str
    value: str

class AuthenticationResult:
    method: str
    version: str | None
    result: str
    properties: list[AuthenticationResultProperty]

class AuthenticationResultsHeader:
    authserv_id: str | None
    results: list[AuthenticationResult]
    @classmethod
    def parse_value(cls, string: str) -> AuthenticationResultsHeader: ...
