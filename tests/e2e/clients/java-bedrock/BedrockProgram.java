import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClient;
import software.amazon.awssdk.services.bedrockruntime.model.InvokeModelWithResponseStreamResponseHandler;

/**
 * Legacy calls of Amazon Bedrock through the AWS SDK for Java v2: one JSON line per call. Streams take the asynchronous
 * client, which speaks HTTP/2 without TLS. Arguments: the endpoint, the access key id.
 */
public class BedrockProgram {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODEL = "anthropic.claude-v2:1";

    private static BedrockRuntimeClient client;
    private static BedrockRuntimeAsyncClient streaming;

    private interface Call {
        ObjectNode get() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        URI endpoint = URI.create(arguments[0]);
        StaticCredentialsProvider credentials =
                StaticCredentialsProvider.create(AwsBasicCredentials.create(arguments[1], "unused"));
        client = BedrockRuntimeClient.builder().region(Region.US_EAST_1).endpointOverride(endpoint)
                .credentialsProvider(credentials).overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1)))
                .build();
        streaming = BedrockRuntimeAsyncClient.builder().region(Region.US_EAST_1).endpointOverride(endpoint)
                .credentialsProvider(credentials).overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1)))
                .build();
        attempt("whole", () -> whole(MODEL, body("plain")));
        attempt("ARN", () -> whole("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2", body("plain")));
        attempt("streamed", () -> streamed("plain"));
        attempt("throttled", () -> whole(MODEL, body("throttled")));
        attempt("broken off", () -> streamed("broken off"));
        attempt("other vendor", () -> whole("meta.llama3-8b-instruct-v1:0", "{\"prompt\":\"Hi\",\"max_gen_len\":9}"));
        System.exit(0);
    }

    private static void attempt(String name, Call call) throws Exception {
        ObjectNode seen = JSON.createObjectNode().put("case", name);
        try {
            seen.setAll(call.get());
        } catch (Exception error) {
            Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            String message = cause instanceof AwsServiceException
                    ? ((AwsServiceException) cause).awsErrorDetails().errorMessage()
                    : cause.getMessage();
            seen.put("error", cause.getClass().getSimpleName()).put("message", message);
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(JSON.writeValueAsString(seen));
    }

    private static String body(String question) {
        return JSON.createObjectNode().put("prompt", "\n\nHuman: " + question + "\n\nAssistant:")
                .put("max_tokens_to_sample", 100).toString();
    }

    private static ObjectNode whole(String model, String body) throws Exception {
        String reply = client.invokeModel(r -> r.modelId(model).body(SdkBytes.fromUtf8String(body))).body().asUtf8String();
        JsonNode fields = JSON.readTree(reply);
        ObjectNode seen = JSON.createObjectNode();
        if (fields.has("generation")) return seen.put("text", fields.get("generation").asText());
        seen.put("text", fields.get("completion").asText());
        seen.set("stop", fields.get("stop"));
        return seen;
    }

    private static ObjectNode streamed(String question) {
        ObjectNode seen = JSON.createObjectNode();
        ArrayNode pieces = seen.putArray("pieces");
        InvokeModelWithResponseStreamResponseHandler.Visitor visitor =
                InvokeModelWithResponseStreamResponseHandler.Visitor.builder().onChunk(chunk -> {
                    try {
                        JsonNode fields = JSON.readTree(chunk.bytes().asUtf8String());
                        pieces.add(fields.get("completion").asText());
                        seen.set("stop", fields.get("stop"));
                    } catch (Exception error) {
                        throw new IllegalStateException(error);
                    }
                }).build();
        streaming.invokeModelWithResponseStream(
                r -> r.modelId(MODEL).body(SdkBytes.fromUtf8String(body(question))),
                InvokeModelWithResponseStreamResponseHandler.builder().subscriber(visitor).build()).join();
        return seen;
    }
}
