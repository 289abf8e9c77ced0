/** The reasons why code was left as it is, and the changes that a person should review. */
export type MigrateCode =
  | 'argument-unknown'
  | 'arguments-unknown'
  | 'bedrock-call'
  | 'built-in-stop'
  | 'call-shared'
  | 'call-unknown'
  | 'client-elsewhere'
  | 'client-options'
  | 'count-tokens'
  | 'first-generation'
  | 'framework-call'
  | 'http-agent'
  | 'http-call'
  | 'import-form'
  | 'leading-space'
  | 'leading-space-kept'
  | 'long-reply'
  | 'mocked-module'
  | 'model-comment'
  | 'model-shared'
  | 'model-unknown'
  | 'options-unknown'
  | 'prefill-open'
  | 'prefill-refused'
  | 'prefill-tail'
  | 'prompt-before-turns'
  | 'prompt-format'
  | 'prompt-joined'
  | 'prompt-of-turns'
  | 'prompt-quotes'
  | 'prompt-unknown'
  | 'prompt-variable'
  | 'python-client'
  | 'python-file'
  | 'python-import'
  | 'reply-elsewhere'
  | 'reply-field'
  | 'reply-pattern'
  | 'reply-printed'
  | 'reply-stop-reason'
  | 'reply-type'
  | 'request-refused'
  | 'sampling-version'
  | 'sdk-locked'
  | 'sdk-raised'
  | 'sdk-too-old'
  | 'sdk-unknown'
  | 'stop-reason-printed'
  | 'stop-whitespace'
  | 'stream-body'
  | 'stream-elsewhere'
  | 'stream-end'
  | 'stream-pattern'
  | 'stream-space'
  | 'text-escape'
  | 'two-generations'
  | 'unsupported-file'

/** The meaning of a code. */
export interface MigrateNote {
  /**
   * - `left`: nothing was changed; a person has to rewrite it.
   * - `changed`: it was rewritten; a person should review the effect.
   */
  kind: 'left' | 'changed'
  /** The problem and what to do about it. For a call that was left, this is the text of the comment above it. */
  message: string
}

const left = (message: string): MigrateNote => ({ kind: 'left', message })
const changed = (message: string): MigrateNote => ({ kind: 'changed', message })

/** The messages of all codes. */
export const CODES: Readonly<Record<MigrateCode, MigrateNote>> = {
  'argument-unknown': left(
    'this argument is known only at run time, and the request depends on it; write its value here',
  ),
  'arguments-unknown': left(
    'the arguments of this call are not written in this function; pass them in the call',
  ),
  'bedrock-call': left(
    'this Bedrock request has the body of Text Completions; send a Messages body, or use the Bedrock adapter of legacy-completions',
  ),
  'built-in-stop': changed(
    'the text is no longer cut at "\\n\\nHuman:"; add it to stop_sequences if the model may write it',
  ),
  'call-shared': left('this call shares a variable or a client with a call that cannot be rewritten'),
  'call-unknown': left('this call goes through a function of the program; rewrite that function'),
  'client-elsewhere': left(
    'no file of this run makes this client; rewrite the call if the client has messages.create',
  ),
  'client-options': left(
    'this client has options for the translation; the rewritten request would be another one',
  ),
  'count-tokens': changed(
    'count_tokens was removed from the SDK in 0.39; this program needs an SDK below that, or messages.count_tokens',
  ),
  'first-generation': left('this client is of the first generation of the SDK; construct Anthropic instead'),
  'framework-call': left(
    'this class of a framework sends Text Completions; use the chat class of the framework',
  ),
  'http-agent': changed('legacy-completions rejects httpAgent; pass a fetch function that uses the agent'),
  'http-call': left(
    'this HTTP request goes to /v1/complete; send it to a legacy-completions proxy, or to /v1/messages',
  ),
  'import-form': left(
    'this form of import is not rewritten; import the constants, the types and withCompletions from legacy-completions/sdk',
  ),
  'leading-space': changed('the text no longer begins with the space that a completion began with'),
  'leading-space-kept': left(
    'the text would no longer begin with a space; --leading-space drop accepts that',
  ),
  'long-reply': left('a reply of this length has to be streamed; open the stream in a statement of its own'),
  'mocked-module': left(
    'this mock replaces the SDK in a test; the tested code may import legacy-completions now',
  ),
  'model-comment': changed('the comment next to this model speaks of a model that the call no longer names'),
  'model-shared': left('this model constant is used outside calls as well; name a live model there'),
  'model-unknown': left('the model is not in the table of models, so its rules are not known'),
  'options-unknown': left('these request options cannot be read; write them in the call'),
  'prefill-open': left(
    'the prompt ends in a value after "Assistant:", which may be the beginning of the reply',
  ),
  'prefill-refused': left(
    'the prompt ends in the beginning of the reply, which the model rejects; describe the format of the reply instead',
  ),
  'prefill-tail': left(
    'the prompt ends in whitespace, which the reply may repeat; trim the text or the prompt',
  ),
  'prompt-before-turns': left('a value comes before the first turn; it may be a system text, or whole turns'),
  'prompt-format': left(
    'this template and its values cannot be divided into turns; write them as an f-string or a template literal',
  ),
  'prompt-joined': left(
    'turns of this prompt are joined in the request, and are apart in the source; join them here',
  ),
  'prompt-of-turns': left('this value may hold whole turns; write them as messages'),
  'prompt-quotes': left('a value in the prompt has quotes that the new text cannot have'),
  'prompt-unknown': left('the turns of this prompt are known only at run time; convert it by hand'),
  'prompt-variable': left(
    'this prompt variable is used elsewhere as well, or is built in several ways; write the messages next to it',
  ),
  'python-client': left(
    'this file does not make the client of its calls, or the client is one for a cloud; wrap the client with with_completions, or rewrite the calls with stage 2',
  ),
  'python-file': changed(
    'this file now uses legacy_completions.py, whose completions go to a proxy; start it with "npx legacy-completions serve", and set base_url or LEGACY_COMPLETIONS_PROXY to its URL',
  ),
  'python-import': left(
    'this file uses the old interface; stage 2 rewrites its calls, and stage 1 with --python-file keeps them working',
  ),
  'reply-elsewhere': left('the reply goes where it cannot be followed'),
  'reply-field': left('a message does not have this field'),
  'reply-pattern': left('the reply is destructured in a form that is not rewritten'),
  'reply-printed': changed('a message is printed here, not a completion'),
  'reply-stop-reason': left(
    "stop_reason has other values in a message, such as 'end_turn' for a natural end",
  ),
  'reply-type': left('the declared type of the reply is not the Completion of the SDK'),
  'request-refused': left('the old API rejected this request'),
  'sampling-version': changed(
    'sampling parameters are sent with an older anthropic-version, because the types of the SDK no longer have them',
  ),
  'sdk-locked': left('the lock file installs a version of the SDK that has no messages; update it'),
  'sdk-raised': changed('the version of the SDK in this manifest had no messages and was raised; install it'),
  'sdk-too-old': left('the SDK version in the manifest has no messages; raise it'),
  'sdk-unknown': changed('no manifest names the SDK; the rewritten calls need a version that has messages'),
  'stop-reason-printed': changed("the printed stop_reason is 'end_turn' where it was 'stop_sequence'"),
  'stop-whitespace': left('the Messages API rejects stop sequences of whitespace; cut the text at them'),
  'stream-body': left('the loop does more with the text than write it or add it to another text'),
  'stream-elsewhere': left('the stream goes where it cannot be followed'),
  'stream-end': changed('the loop no longer gets the empty text at the end of a stream'),
  'stream-pattern': left('the loop destructures the completion in a form that is not rewritten'),
  'stream-space': left(
    'the text of the stream would no longer begin with a space; --leading-space drop accepts that',
  ),
  'text-escape': left('this text has an escape that cannot be read; write the character itself'),
  'two-generations': left(
    'this import has names of the first generation of the SDK and of later ones; import the client from legacy-completions/v0',
  ),
  'unsupported-file': left(
    'migrate does not rewrite files of this kind; the old interface is used in this line',
  ),
}
