"""Who may change something over HTTP. A browser that visits another page must not be able to act here unseen.

Without a token only loopback may act: the console listens there, the request names a loopback host (so that a foreign
name that was made to point here is refused), and a page's request comes from our own pages. With a token whoever shows
it may act. In both cases the body is JSON, which no plain form can send.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ioc.bearer import shows
from ioc.web.config import WebConfig
from ioc.web.refusal import Refusal

JSON = "application/json"
LARGEST = 16 * 1024


def admit(headers: Mapping[str, str], config: WebConfig) -> None:
    """Raise Refusal unless a request with these headers may change something."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise _refusal(415, "Nội dung phải là JSON (content-type: application/json)", "The body must be JSON")
    host = headers.get("host", "")
    origin = headers.get("origin")
    if origin is not None and _split(origin).netloc != host:
        raise _refusal(403, "Yêu cầu đến từ trang khác", "The request comes from another page")
    if config.needs_token:
        if not shows(headers.get("authorization", ""), _token(config)):
            raise _refusal(401, "Thiếu hoặc sai mã trực ban", "The operator token is missing or wrong")
    elif not is_loopback(config.host) or not is_loopback(_split(f"//{host}").hostname or ""):
        raise _refusal(
            403,
            "Chỉ máy này được thao tác; muốn thao tác từ máy khác, hãy đặt web.operator_token_file",
            "Only this machine may act; to act from elsewhere set web.operator_token_file",
        )


def is_loopback(host: str) -> bool:
    """Whether a name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets without an end
        return urlsplit("")


def _token(config: WebConfig) -> str:
    try:
        return config.token()
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(503, "Không đọc được tệp mã trực ban", "The operator token cannot be read") from error


def _refusal(status: int, vi: str, en: str) -> Refusal:
    return Refusal(f"{vi}.", f"{en}.", status=status)
