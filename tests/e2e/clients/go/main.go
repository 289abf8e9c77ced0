// A program on the official SDK for Go, in the last version with completions: client.Completions.New and NewStreaming.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

type call struct {
	ID                string   `json:"id"`
	Key               string   `json:"key"`
	Model             string   `json:"model"`
	Prompt            string   `json:"prompt"`
	MaxTokensToSample int64    `json:"max_tokens_to_sample"`
	StopSequences     []string `json:"stop_sequences"`
	Streamed          bool     `json:"streamed"`
}

type failure struct {
	Class   string          `json:"class"`
	Status  int             `json:"status,omitempty"`
	Message string          `json:"message"`
	Body    json.RawMessage `json:"body,omitempty"`
}

type seen struct {
	ID         string          `json:"id"`
	Text       *string         `json:"text,omitempty"`
	Pieces     []string        `json:"pieces,omitempty"`
	StopReason *string         `json:"stop_reason,omitempty"`
	Stop       json.RawMessage `json:"stop,omitempty"`
	Model      string          `json:"model,omitempty"`
	Error      *failure        `json:"error,omitempty"`
}

// What the type does not name is kept beside it, as the JSON that came.
func (s *seen) end(completion anthropic.Completion) {
	s.StopReason = &completion.StopReason
	s.Model = string(completion.Model)
	s.Stop = json.RawMessage(completion.JSON.ExtraFields["stop"].Raw())
}

func ask(baseURL string, call call, seen *seen) error {
	client := anthropic.NewClient(option.WithAPIKey(call.Key), option.WithBaseURL(baseURL))
	params := anthropic.CompletionNewParams{
		Model:             anthropic.Model(call.Model),
		Prompt:            call.Prompt,
		MaxTokensToSample: call.MaxTokensToSample,
		StopSequences:     call.StopSequences,
	}
	if !call.Streamed {
		completion, err := client.Completions.New(context.Background(), params)
		if err != nil {
			return err
		}
		seen.Text = &completion.Completion
		seen.end(*completion)
		return nil
	}
	stream := client.Completions.NewStreaming(context.Background(), params)
	defer stream.Close()
	for stream.Next() {
		completion := stream.Current()
		seen.Pieces = append(seen.Pieces, completion.Completion)
		seen.end(completion)
	}
	return stream.Err()
}

func describe(err error) *failure {
	told := failure{Class: fmt.Sprintf("%T", err), Message: err.Error()}
	var apiError *anthropic.Error
	if errors.As(err, &apiError) {
		told.Status = apiError.StatusCode
		told.Body = json.RawMessage(apiError.RawJSON())
	}
	return &told
}

func main() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	var calls []call
	if err := json.Unmarshal(text, &calls); err != nil {
		panic(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, call := range calls {
		seen := seen{ID: call.ID}
		if err := ask(os.Args[1], call, &seen); err != nil {
			seen.Error = describe(err)
		}
		if err := encoder.Encode(seen); err != nil {
			panic(err)
		}
	}
}
