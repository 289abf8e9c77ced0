# legacy_completions.py: from the npm package legacy-completions. SPDX-License-Identifier: MIT
# legacy-completions-ignore-file: this file restores Text Completions; it calls no model
# ruff: noqa
"""Restores Text Completions on the Python SDK `anthropic` 1.0 and later, which removed them.

This file translates nothing. It sends each completion to a legacy-completions proxy, through the SDK's own request
methods: authentication, retries, timeouts and errors stay the SDK's. Start a proxy with `npx legacy-completions serve`.

    from anthropic import Anthropic
    from legacy_completions import AI_PROMPT, HUMAN_PROMPT, with_completions

    client = with_completions(Anthropic(base_url="http://127.0.0.1:8080"))
    client.completions.create(
        model="claude-2.1", max_tokens_to_sample=256, prompt=f"{HUMAN_PROMPT} Hello{AI_PROMPT}"
    )

On an SDK that still has completions, `with_completions` and `install` change nothing.
"""

from __future__ import annotations

import os
import sys
import types
import warnings
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple, TypedDict, TypeVar, Union, cast, overload
from urllib.parse import urlsplit

import anthropic
from anthropic import Anthropic, AnthropicError, AsyncAnthropic, AsyncStream, Stream

try:
    from anthropic import BaseModel, NotGiven
except ImportError:  # early SDKs, which have completions, do not export these names
    from anthropic._models import BaseModel
    from anthropic._types import NotGiven

if TYPE_CHECKING:
    from typing import AsyncContextManager, AsyncGenerator, AsyncIterator, ContextManager, Generator, Literal
    from typing import Mapping, Sequence

    from anthropic import RequestOptions, Timeout
    from anthropic._response import APIResponse, AsyncAPIResponse
    from typing_extensions import Required, Unpack

__all__ = [
    "AI_PROMPT",
    "HUMAN_PROMPT",
    "AsyncCompletions",
    "Completion",
    "CompletionCreateParams",
    "Completions",
    "CompletionsWarning",
    "install",
    "with_completions",
]

HUMAN_PROMPT = "\n\nHuman:"
AI_PROMPT = "\n\nAssistant:"

_VERSION = "2023-06-01"
_PROXY_VARIABLE = "LEGACY_COMPLETIONS_PROXY"
_DIAGNOSTICS_HEADER = "x-legacy-completions-diagnostics"
_DIAGNOSTICS_URL = "https://legacy-completions.github.io/diagnostics"
_REQUIRED = ("max_tokens_to_sample", "model", "prompt")
_FIELDS = _REQUIRED + ("metadata", "stop_sequences", "stream", "temperature", "top_k", "top_p")
_OPTIONS = ("betas", "extra_headers", "extra_query", "extra_body", "timeout")
_MISSING = (
    "Missing required arguments; Expected either ('max_tokens_to_sample', 'model' and 'prompt') or "
    "('max_tokens_to_sample', 'model', 'prompt' and 'stream') arguments to be given"
)
# Hosts of Anthropic and of the clouds: none of them has the proxy's /v1/complete.
_VENDOR_HOSTS = ("anthropic.com", "claude.com", "amazonaws.com", "api.aws", "googleapis.com", "azure.com")
_START = (
    "Start a proxy with `npx legacy-completions serve --port 8080`. Then pass its URL: "
    'base_url="http://127.0.0.1:8080" to the client, or proxy="http://127.0.0.1:8080" to with_completions or install; '
    f"or set {_PROXY_VARIABLE}."
)

_Client = TypeVar("_Client")


class Completion(BaseModel):
    """A reply of the Text Completions API, or one chunk of a streamed reply."""

    id: str
    completion: str
    model: str
    stop_reason: Optional[str] = None
    type: str
    stop: Optional[str] = None
    log_id: Optional[str] = None


class CompletionsWarning(UserWarning):
    """The proxy changed something in a request or a reply. Each diagnostic code is warned of once."""


class _Common(TypedDict, total=False):
    max_tokens_to_sample: Required[int]
    model: Required[str]
    prompt: Required[str]
    metadata: Union[Mapping[str, Any], NotGiven]
    stop_sequences: Union[Sequence[str], NotGiven]
    temperature: Union[float, NotGiven]
    top_k: Union[int, NotGiven]
    top_p: Union[float, NotGiven]
    betas: Union[List[str], NotGiven]
    extra_headers: Optional[Mapping[str, Any]]
    extra_query: Optional[Mapping[str, object]]
    extra_body: Optional[object]
    timeout: Union[float, Timeout, None, NotGiven]


class _Whole(_Common, total=False):
    stream: Union[Literal[False], None, NotGiven]


class _Streamed(_Common, total=False):
    stream: Required[Literal[True]]


class CompletionCreateParams(_Common, total=False):
    """The parameters of `completions.create`."""

    stream: Union[bool, None, NotGiven]


class _Request:
    """One call of the interface as the arguments of the SDK's generic `post`."""

    def __init__(self, client: Union[Anthropic, AsyncAnthropic], params: Mapping[str, Any], raw: str = "raw") -> None:
        for name in params:
            if name not in _FIELDS and name not in _OPTIONS:
                raise TypeError(f"Completions.create() got an unexpected keyword argument '{name}'")
        given = {name: value for name, value in params.items() if not _is_omitted(value)}
        if any(name not in params for name in _REQUIRED):
            raise TypeError(_MISSING)
        self.base = _proxy_of(client)
        self.path = "/v1/complete" if _is_relative(client) else f"{self.base}/v1/complete"
        self.body: Dict[str, Any] = {name: given[name] for name in _FIELDS if name in given}
        self.stream: bool = given.get("stream") or False
        headers: Dict[str, Any] = {"anthropic-version": _VERSION}
        if "betas" in given:
            headers["anthropic-beta"] = ",".join(str(beta) for beta in given["betas"])
        extra_headers: Mapping[str, Any] = given.get("extra_headers") or {}
        for name, value in extra_headers.items():
            headers[name.lower() if name.lower() in headers else name] = value
        # The SDK returns the response with its headers where this one is set, as its with_raw_response does.
        headers["X-Stainless-Raw-Response"] = raw
        options: Dict[str, Any] = {"headers": headers}
        for argument, option in (("extra_query", "params"), ("extra_body", "extra_json")):
            if given.get(argument) is not None:
                options[option] = given[argument]
        if "timeout" in given:
            options["timeout"] = given["timeout"]
        self.options = cast("RequestOptions", options)


class Completions:
    """`client.completions` of a synchronous client."""

    def __init__(self, client: Anthropic) -> None:
        self._client = client

    @overload
    def create(self, **params: Unpack[_Whole]) -> Completion: ...
    @overload
    def create(self, **params: Unpack[_Streamed]) -> Stream[Completion]: ...
    @overload
    def create(self, **params: Unpack[CompletionCreateParams]) -> Union[Completion, Stream[Completion]]: ...
    def create(self, **params: Any) -> Union[Completion, Stream[Completion]]:
        """Creates a completion; with `stream=True`, a stream of its chunks.

        Takes the parameters of the Text Completions API by name, and the SDK's `betas`, `extra_headers`,
        `extra_query`, `extra_body` and `timeout`. Raises the SDK's errors.
        """
        response: APIResponse[Union[Completion, Stream[Completion]]] = self._send(_Request(self._client, params))
        _warn(response)
        return response.parse()

    def stream(self, **params: Unpack[_Common]) -> Stream[Completion]:
        """Streams a completion: `create` with `stream=True`. Iterate over it, or use it in a `with` statement."""
        opened: Stream[Completion] = self.create(**params, stream=True)
        return opened

    def _send(self, request: _Request) -> APIResponse[Any]:
        try:
            response = self._client.post(
                request.path,
                cast_to=Completion,
                body=request.body,
                options=request.options,
                stream=request.stream,
                stream_cls=Stream[Completion],
            )
        except anthropic.APIError as error:
            raise _explained(error, request.base)
        return cast("APIResponse[Any]", response)

    @cached_property
    def with_raw_response(self) -> CompletionsWithRawResponse:
        """The same calls, each of which returns the SDK's `APIResponse`: headers, status, `parse()`."""
        return CompletionsWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> CompletionsWithStreamingResponse:
        """The same calls as context managers, whose response body is read only on demand."""
        return CompletionsWithStreamingResponse(self)


class AsyncCompletions:
    """`client.completions` of an asynchronous client."""

    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client

    @overload
    async def create(self, **params: Unpack[_Whole]) -> Completion: ...
    @overload
    async def create(self, **params: Unpack[_Streamed]) -> AsyncStream[Completion]: ...
    @overload
    async def create(self, **params: Unpack[CompletionCreateParams]) -> Union[Completion, AsyncStream[Completion]]: ...
    async def create(self, **params: Any) -> Union[Completion, AsyncStream[Completion]]:
        """Creates a completion; with `stream=True`, a stream of its chunks. See `Completions.create`."""
        request = _Request(self._client, params)
        response: AsyncAPIResponse[Union[Completion, AsyncStream[Completion]]] = await self._send(request)
        _warn(response)
        return await response.parse()

    def stream(self, **params: Unpack[_Common]) -> AsyncCompletionStream:
        """Streams a completion: use it in `async for` or `async with`, or await it for the SDK's stream."""
        return AsyncCompletionStream(self, params)

    async def _send(self, request: _Request) -> AsyncAPIResponse[Any]:
        try:
            response = await self._client.post(
                request.path,
                cast_to=Completion,
                body=request.body,
                options=request.options,
                stream=request.stream,
                stream_cls=AsyncStream[Completion],
            )
        except anthropic.APIError as error:
            raise _explained(error, request.base)
        return cast("AsyncAPIResponse[Any]", response)

    @cached_property
    def with_raw_response(self) -> AsyncCompletionsWithRawResponse:
        """The same calls, each of which returns the SDK's `AsyncAPIResponse`: headers, status, `parse()`."""
        return AsyncCompletionsWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncCompletionsWithStreamingResponse:
        """The same calls as context managers, whose response body is read only on demand."""
        return AsyncCompletionsWithStreamingResponse(self)


class AsyncCompletionStream:
    """A stream that opens when it is iterated, entered or awaited."""

    def __init__(self, completions: AsyncCompletions, params: _Common) -> None:
        self._completions = completions
        self._params = params
        self._opened: Optional[AsyncStream[Completion]] = None

    async def _open(self) -> AsyncStream[Completion]:
        if self._opened is None:
            self._opened = await self._completions.create(**self._params, stream=True)
        return self._opened

    def __await__(self) -> Generator[Any, None, AsyncStream[Completion]]:
        return self._open().__await__()

    async def __aiter__(self) -> AsyncIterator[Completion]:
        async for chunk in await self._open():
            yield chunk

    async def __aenter__(self) -> AsyncStream[Completion]:
        return await self._open()

    async def __aexit__(self, *_: object) -> None:
        if self._opened is not None:
            await self._opened.close()


class CompletionsWithRawResponse:
    def __init__(self, completions: Completions) -> None:
        self._completions = completions

    @overload
    def create(self, **params: Unpack[_Whole]) -> APIResponse[Completion]: ...
    @overload
    def create(self, **params: Unpack[_Streamed]) -> APIResponse[Stream[Completion]]: ...
    @overload
    def create(self, **params: Unpack[CompletionCreateParams]) -> APIResponse[Any]: ...
    def create(self, **params: Any) -> APIResponse[Any]:
        response = _send(self._completions, params, "raw")
        _warn(response)
        return response


class AsyncCompletionsWithRawResponse:
    def __init__(self, completions: AsyncCompletions) -> None:
        self._completions = completions

    @overload
    async def create(self, **params: Unpack[_Whole]) -> AsyncAPIResponse[Completion]: ...
    @overload
    async def create(self, **params: Unpack[_Streamed]) -> AsyncAPIResponse[AsyncStream[Completion]]: ...
    @overload
    async def create(self, **params: Unpack[CompletionCreateParams]) -> AsyncAPIResponse[Any]: ...
    async def create(self, **params: Any) -> AsyncAPIResponse[Any]:
        response = await _send_async(self._completions, params, "raw")
        _warn(response)
        return response


class CompletionsWithStreamingResponse:
    def __init__(self, completions: Completions) -> None:
        self._completions = completions

    @overload
    def create(self, **params: Unpack[_Whole]) -> ContextManager[APIResponse[Completion]]: ...
    @overload
    def create(self, **params: Unpack[_Streamed]) -> ContextManager[APIResponse[Stream[Completion]]]: ...
    @overload
    def create(self, **params: Unpack[CompletionCreateParams]) -> ContextManager[APIResponse[Any]]: ...
    def create(self, **params: Any) -> ContextManager[APIResponse[Any]]:
        return self._respond(params)

    @contextmanager
    def _respond(self, params: Dict[str, Any]) -> Generator[APIResponse[Any], None, None]:
        response = _send(self._completions, params, "stream")
        _warn(response)
        try:
            yield response
        finally:
            response.close()


class AsyncCompletionsWithStreamingResponse:
    def __init__(self, completions: AsyncCompletions) -> None:
        self._completions = completions

    @overload
    def create(self, **params: Unpack[_Whole]) -> AsyncContextManager[AsyncAPIResponse[Completion]]: ...
    @overload
    def create(self, **params: Unpack[_Streamed]) -> AsyncContextManager[AsyncAPIResponse[AsyncStream[Completion]]]: ...
    @overload
    def create(self, **params: Unpack[CompletionCreateParams]) -> AsyncContextManager[AsyncAPIResponse[Any]]: ...
    def create(self, **params: Any) -> AsyncContextManager[AsyncAPIResponse[Any]]:
        return self._respond(params)

    @asynccontextmanager
    async def _respond(self, params: Dict[str, Any]) -> AsyncGenerator[AsyncAPIResponse[Any], None]:
        response = await _send_async(self._completions, params, "stream")
        _warn(response)
        try:
            yield response
        finally:
            await response.close()


if TYPE_CHECKING:
    # What with_completions returns, for type checkers: at run time it is the same object.
    class _WithCompletions(Anthropic):
        completions: Completions

    class _AsyncWithCompletions(AsyncAnthropic):
        completions: AsyncCompletions


@overload
def with_completions(client: Anthropic, proxy: Optional[str] = None) -> _WithCompletions: ...
@overload
def with_completions(client: AsyncAnthropic, proxy: Optional[str] = None) -> _AsyncWithCompletions: ...
def with_completions(client: Any, proxy: Optional[str] = None) -> Any:
    """Restores `completions` on a client of the SDK and returns the same client.

    The client's `base_url` is the proxy's URL. With `proxy`, only completions go to the proxy; `messages` and everything
    else go to the client's `base_url`. An SDK that still has completions is left as it is.

    Raises TypeError for a client other than `Anthropic` and `AsyncAnthropic`, and `AnthropicError` where no proxy is
    named and `base_url` is the vendor's own.
    """
    if _has_completions(type(client)):
        return client
    if not isinstance(client, (Anthropic, AsyncAnthropic)):
        raise TypeError(
            f"with_completions does not support {type(client).__name__}: it signs its requests for another host than "
            "the proxy. Pass an Anthropic or AsyncAnthropic client. For AWS Bedrock, send the legacy body with boto3 "
            "to the proxy's Bedrock routes."
        )
    _add_completions(client, proxy)
    _proxy_of(client)
    return client


def install(proxy: Optional[str] = None) -> None:
    """Restores the removed names on the `anthropic` module, for libraries that import them.

    Adds `HUMAN_PROMPT`, `AI_PROMPT`, `types.Completion`, `resources.completions` and the `completions` of all clients.
    Call it before anything imports these names: on the first line of the program, or in `conftest.py`. With `proxy`,
    only completions go to the proxy. On an SDK that still has completions it changes nothing.
    """
    if _has_completions(Anthropic):
        return
    pairs: Tuple[Tuple[Any, Any], ...] = ((Anthropic, Completions), (AsyncAnthropic, AsyncCompletions))
    for client_class, resource in pairs:
        completions: Any = cached_property(resource)
        completions.__set_name__(client_class, "completions")
        _set(
            client_class,
            completions=completions,
            count_tokens=_count_tokens,
            _legacy_completions_proxy=proxy,
            HUMAN_PROMPT=HUMAN_PROMPT,
            AI_PROMPT=AI_PROMPT,
        )
    _set(anthropic, HUMAN_PROMPT=HUMAN_PROMPT, AI_PROMPT=AI_PROMPT)
    _module("anthropic.types.completion", Completion=Completion)
    _module("anthropic.types.completion_create_params", CompletionCreateParams=CompletionCreateParams)
    _set(anthropic.types, Completion=Completion, CompletionCreateParams=CompletionCreateParams)
    _module(
        "anthropic.resources.completions",
        Completions=Completions,
        AsyncCompletions=AsyncCompletions,
        CompletionsWithRawResponse=CompletionsWithRawResponse,
        AsyncCompletionsWithRawResponse=AsyncCompletionsWithRawResponse,
        CompletionsWithStreamingResponse=CompletionsWithStreamingResponse,
        AsyncCompletionsWithStreamingResponse=AsyncCompletionsWithStreamingResponse,
    )
    _set(sys.modules["anthropic.resources"], Completions=Completions, AsyncCompletions=AsyncCompletions)


def _has_completions(client_class: Any) -> bool:
    """Whether the SDK itself has completions: a member of its class, or only an annotation, as before 0.40."""
    if hasattr(client_class, "_legacy_completions_proxy"):
        return False
    members: Set[str] = set(dir(client_class))
    for base in client_class.__mro__:
        members.update(getattr(base, "__annotations__", ()))
    return "completions" in members


def _add_completions(client: Any, proxy: Optional[str]) -> None:
    resource: Any = Completions if isinstance(client, Anthropic) else AsyncCompletions
    derive = client.copy

    def copy(*args: Any, **options: Any) -> Any:
        derived = derive(*args, **options)
        _add_completions(derived, proxy)
        return derived

    _set(client, _legacy_completions_proxy=proxy, HUMAN_PROMPT=HUMAN_PROMPT, AI_PROMPT=AI_PROMPT)
    _set(client, completions=resource(client), copy=copy, with_options=copy)


def _set(target: Any, **names: Any) -> None:
    for name, value in names.items():
        setattr(target, name, value)


def _module(name: str, **names: Any) -> None:
    module = types.ModuleType(name)
    _set(module, __all__=list(names), **names)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


def _count_tokens(*_: object, **__: object) -> int:
    raise NotImplementedError(
        "The anthropic SDK removed count_tokens in 0.39, and legacy_completions does not restore it. "
        "Use client.messages.count_tokens instead."
    )


def _send(completions: Completions, params: Mapping[str, Any], raw: str) -> APIResponse[Any]:
    return completions._send(_Request(completions._client, params, raw))  # pyright: ignore[reportPrivateUsage]


async def _send_async(completions: AsyncCompletions, params: Mapping[str, Any], raw: str) -> AsyncAPIResponse[Any]:
    return await completions._send(_Request(completions._client, params, raw))  # pyright: ignore[reportPrivateUsage]


def _is_omitted(value: object) -> bool:
    # `Omit` has no public name before SDK 0.60.
    return isinstance(value, NotGiven) or type(value).__name__ == "Omit"


def _named_proxy(client: object) -> Optional[str]:
    return getattr(client, "_legacy_completions_proxy", None) or os.environ.get(_PROXY_VARIABLE) or None


def _is_relative(client: object) -> bool:
    return _named_proxy(client) is None


def _proxy_of(client: Union[Anthropic, AsyncAnthropic]) -> str:
    base = (_named_proxy(client) or str(client.base_url)).rstrip("/")
    host = urlsplit(base).hostname or ""
    if any(host == vendor or host.endswith(f".{vendor}") for vendor in _VENDOR_HOSTS):
        raise AnthropicError(
            f"{base} does not serve Text Completions. legacy_completions needs a proxy. {_START}"
        )
    return base


def _explained(error: anthropic.APIError, base: str) -> anthropic.APIError:
    """The SDK's own error, whose message names the proxy where none answers."""
    hint = ""
    if isinstance(error, anthropic.APIConnectionError) and not isinstance(error, anthropic.APITimeoutError):
        hint = f"Is a legacy-completions proxy running at {base}? {_START}"
    elif isinstance(error, anthropic.NotFoundError) and not _names_a_model(error.body):
        hint = f"The server at {base} does not look like a legacy-completions proxy. {_START}"
    if hint:
        error.message = f"{error.message} {hint}"
        error.args = (error.message,)
    return error


def _names_a_model(body: object) -> bool:
    return isinstance(body, dict) and "model" in str(cast("Dict[str, Any]", body))


_warned_codes: Set[str] = set()


def _warn(response: Union[APIResponse[Any], AsyncAPIResponse[Any]]) -> None:
    for code in response.headers.get(_DIAGNOSTICS_HEADER, "").split(","):
        code = code.strip()
        if code and code not in _warned_codes:
            _warned_codes.add(code)
            warnings.warn(
                f"The legacy-completions proxy reports `{code}` for a completion call. See {_DIAGNOSTICS_URL}#{code}",
                CompletionsWarning,
                stacklevel=3,
            )
