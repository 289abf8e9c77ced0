import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.completions.Completion;
import com.anthropic.models.completions.CompletionCreateParams;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A program on the official SDK for Java, in the last version with completions: create and createStreaming. */
public class Program {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (JsonNode call : JSON.readTree(new File(arguments[1]))) {
            ObjectNode seen = JSON.createObjectNode().put("id", call.get("id").asText());
            try {
                ask(arguments[0], call, seen);
            } catch (Exception error) {
                seen.set("error", describe(error));
            }
            out.println(JSON.writeValueAsString(seen));
        }
        // The client's threads would keep the program alive for a minute.
        System.exit(0);
    }

    private static void ask(String baseUrl, JsonNode call, ObjectNode seen) {
        AnthropicClient client = AnthropicOkHttpClient.builder()
                .apiKey(call.get("key").asText())
                .baseUrl(baseUrl)
                .build();
        CompletionCreateParams.Builder params = CompletionCreateParams.builder()
                .model(call.get("model").asText())
                .prompt(call.get("prompt").asText())
                .maxTokensToSample(call.get("max_tokens_to_sample").asLong());
        if (call.has("stop_sequences")) {
            call.get("stop_sequences").forEach(stop -> params.addStopSequence(stop.asText()));
        }
        if (!call.get("streamed").asBoolean()) {
            Completion completion = client.completions().create(params.build());
            seen.put("text", completion.completion());
            end(completion, seen);
            return;
        }
        ArrayNode pieces = seen.putArray("pieces");
        try (StreamResponse<Completion> stream = client.completions().createStreaming(params.build())) {
            stream.stream().forEach(completion -> {
                pieces.add(completion.completion());
                end(completion, seen);
            });
        }
    }

    private static void end(Completion completion, ObjectNode seen) {
        seen.put("stop_reason", completion.stopReason().orElse(null));
        // What the type does not name is kept beside it.
        seen.set("stop", completion._additionalProperties().get("stop").convert(JsonNode.class));
        seen.put("model", completion.model().asString());
    }

    private static ObjectNode describe(Exception error) {
        ObjectNode told = JSON.createObjectNode()
                .put("class", error.getClass().getSimpleName())
                .put("message", error.getMessage());
        if (error instanceof AnthropicServiceException) {
            AnthropicServiceException answered = (AnthropicServiceException) error;
            told.put("status", answered.statusCode());
            told.set("body", answered.body().convert(JsonNode.class));
        }
        return told;
    }
}
