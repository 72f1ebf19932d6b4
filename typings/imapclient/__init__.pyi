from imapclient.imapclient import IMAPClient as IMAPClient
from imapclient.imapclient import SocketTimeout as SocketTimeout
