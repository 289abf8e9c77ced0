// Legacy calls of Amazon Bedrock through the AWS SDK for Go v2: one JSON line per call.
// Arguments: the endpoint, the access key id.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
)

type observation map[string]any

const model = "anthropic.claude-v2:1"

var client *bedrockruntime.Client

func body(question string) []byte {
	request := observation{"prompt": "\n\nHuman: " + question + "\n\nAssistant:", "max_tokens_to_sample": 100}
	encoded, _ := json.Marshal(request)
	return encoded
}

func whole(model string, body []byte) (observation, error) {
	reply, err := client.InvokeModel(context.Background(), &bedrockruntime.InvokeModelInput{ModelId: aws.String(model), Body: body})
	if err != nil {
		return nil, err
	}
	var fields observation
	if err := json.Unmarshal(reply.Body, &fields); err != nil {
		return nil, err
	}
	if text, found := fields["generation"]; found {
		return observation{"text": text}, nil
	}
	return observation{"text": fields["completion"], "stop": fields["stop"]}, nil
}

func streamed(question string) (observation, error) {
	reply, err := client.InvokeModelWithResponseStream(context.Background(),
		&bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: aws.String(model), Body: body(question)})
	if err != nil {
		return nil, err
	}
	stream := reply.GetStream()
	defer stream.Close()
	pieces := []any{}
	var stop any
	for event := range stream.Events() {
		chunk, isChunk := event.(*types.ResponseStreamMemberChunk)
		if !isChunk {
			return nil, fmt.Errorf("unknown event %T", event)
		}
		var fields observation
		if err := json.Unmarshal(chunk.Value.Bytes, &fields); err != nil {
			return nil, err
		}
		pieces = append(pieces, fields["completion"])
		stop = fields["stop"]
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return observation{"pieces": pieces, "stop": stop}, nil
}

func attempt(name string, call func() (observation, error)) {
	seen, err := call()
	if err != nil {
		seen = observation{"error": fmt.Sprintf("%T", err), "message": err.Error()}
		var failure smithy.APIError
		if errors.As(err, &failure) {
			seen = observation{"error": failure.ErrorCode(), "message": failure.ErrorMessage()}
		}
	}
	line := struct {
		Case string `json:"case"`
	}{name}
	head, _ := json.Marshal(line)
	rest, _ := json.Marshal(seen)
	fmt.Printf("%s,%s\n", head[:len(head)-1], rest[1:])
}

func main() {
	endpoint, accessKey := os.Args[1], os.Args[2]
	client = bedrockruntime.New(bedrockruntime.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(endpoint),
		Credentials:      credentials.NewStaticCredentialsProvider(accessKey, "unused", ""),
		RetryMaxAttempts: 1,
	})
	attempt("whole", func() (observation, error) { return whole(model, body("plain")) })
	attempt("ARN", func() (observation, error) {
		return whole("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2", body("plain"))
	})
	attempt("streamed", func() (observation, error) { return streamed("plain") })
	attempt("throttled", func() (observation, error) { return whole(model, body("throttled")) })
	attempt("broken off", func() (observation, error) { return streamed("broken off") })
	attempt("other vendor", func() (observation, error) {
		return whole("meta.llama3-8b-instruct-v1:0", []byte(`{"prompt":"Hi","max_gen_len":9}`))
	})
}
