"""Legacy calls of Amazon Bedrock, as published clients make them: one JSON line per call.

Arguments: the client, the endpoint, the token of the proxy.
"""

import json
import os
import sys

client_name, endpoint, token = sys.argv[1:]
os.environ.update(AWS_ACCESS_KEY_ID=token, AWS_SECRET_ACCESS_KEY="unused", AWS_DEFAULT_REGION="us-east-1")
os.environ.update(AWS_ENDPOINT_URL_BEDROCK_RUNTIME=endpoint, AWS_REGION="us-east-1", AWS_MAX_ATTEMPTS="1")
MODEL = "anthropic.claude-v2:1"
PROMPT = "\n\nHuman: {}\n\nAssistant:"


def attempt(case, call):
    try:
        seen = call()
    except Exception as error:
        seen = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps({"case": case, **seen}), flush=True)


def boto3_calls():
    import boto3

    client = boto3.client("bedrock-runtime", endpoint_url=endpoint, region_name="us-east-1")

    def body(question):
        return json.dumps({"prompt": PROMPT.format(question), "max_tokens_to_sample": 100})

    def whole(question, model=MODEL):
        response = client.invoke_model(modelId=model, body=body(question))
        reply = json.loads(response["body"].read())
        headers = response["ResponseMetadata"]["HTTPHeaders"]
        tokens = headers["x-amzn-bedrock-output-token-count"]
        return {"text": reply["completion"], "stop": reply["stop"], "fields": list(reply), "tokens": tokens}

    def other_vendor():
        body = json.dumps({"prompt": "Hi", "max_gen_len": 9})
        response = client.invoke_model(modelId="meta.llama3-8b-instruct-v1:0", body=body)
        return {"text": json.loads(response["body"].read())["generation"]}

    def streamed(question):
        events = client.invoke_model_with_response_stream(modelId=MODEL, body=body(question))["body"]
        chunks = [json.loads(event["chunk"]["bytes"]) for event in events]
        return {"pieces": [chunk["completion"] for chunk in chunks], "stop": chunks[-1]["stop"]}

    attempt("whole", lambda: whole("plain"))
    attempt("ARN", lambda: whole("plain", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2"))
    attempt("streamed", lambda: streamed("plain"))
    attempt("throttled", lambda: whole("throttled"))
    attempt("broken off", lambda: streamed("broken off"))
    attempt("other vendor", other_vendor)


def aiobotocore_calls():
    import asyncio

    from aiobotocore.session import get_session

    def body(question):
        return json.dumps({"prompt": PROMPT.format(question), "max_tokens_to_sample": 100})

    async def whole(question):
        async with get_session().create_client("bedrock-runtime") as client:
            response = await client.invoke_model(modelId=MODEL, body=body(question))
            reply = json.loads(await response["body"].read())
            return {"text": reply["completion"], "stop": reply["stop"]}

    async def streamed(question):
        async with get_session().create_client("bedrock-runtime") as client:
            response = await client.invoke_model_with_response_stream(modelId=MODEL, body=body(question))
            chunks = [json.loads(event["chunk"]["bytes"]) async for event in response["body"]]
            return {"pieces": [chunk["completion"] for chunk in chunks], "stop": chunks[-1]["stop"]}

    attempt("whole", lambda: asyncio.run(whole("plain")))
    attempt("streamed", lambda: asyncio.run(streamed("plain")))
    attempt("throttled", lambda: asyncio.run(whole("throttled")))
    attempt("broken off", lambda: asyncio.run(streamed("broken off")))


def langchain_calls():
    if client_name == "langchain-aws":
        from langchain_aws import BedrockLLM as Bedrock
    elif client_name == "langchain-community":
        from langchain_community.llms import Bedrock
    else:
        from langchain.llms import Bedrock
    llm = Bedrock(model_id=MODEL, region_name="us-east-1", endpoint_url=endpoint, model_kwargs={"max_tokens_to_sample": 100})
    ask = getattr(llm, "invoke", llm)
    attempt("whole", lambda: {"text": ask("plain")})
    attempt("streamed", lambda: {"pieces": list(llm.stream("plain"))})
    attempt("throttled", lambda: {"text": ask("throttled")})


def llama_index_calls():
    from llama_index.llms import Bedrock

    llm = Bedrock(model=MODEL, aws_access_key_id=token, aws_secret_access_key="unused", aws_region_name="us-east-1")
    attempt("whole", lambda: {"text": llm.complete("plain").text})
    attempt("streamed", lambda: {"pieces": [chunk.delta for chunk in llm.stream_complete("plain")]})


def anthropic_calls():
    from anthropic import AnthropicBedrock

    client = AnthropicBedrock(
        base_url=endpoint, aws_access_key=token, aws_secret_key="unused", aws_region="us-east-1", max_retries=0
    )

    def params(question):
        return {"model": MODEL, "max_tokens_to_sample": 100, "prompt": PROMPT.format(question)}

    def whole(question):
        reply = client.completions.create(**params(question))
        return {"text": reply.completion, "stop": reply.stop}

    def streamed(question):
        chunks = list(client.completions.create(**params(question), stream=True))
        return {"pieces": [chunk.completion for chunk in chunks], "stop": chunks[-1].stop}

    attempt("whole", lambda: whole("plain"))
    attempt("streamed", lambda: streamed("plain"))
    attempt("throttled", lambda: whole("throttled"))
    attempt("broken off", lambda: streamed("broken off"))


CALLS = {
    "boto3": boto3_calls,
    "aiobotocore": aiobotocore_calls,
    "llama-index": llama_index_calls,
    "anthropic": anthropic_calls,
}
CALLS.get(client_name, langchain_calls)()
