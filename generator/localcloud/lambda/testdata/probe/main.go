// Command probe is the function that the tests deploy: each event tells it what
// to do.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do     string          `json:"do"`
	Text   string          `json:"text"`
	Count  int             `json:"count"`
	Answer json.RawMessage `json:"answer"`
	Body   string          `json:"body"` // of a request over a URL: an event again
}

var calls int

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	calls++
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if e.Do == "" && strings.HasPrefix(e.Body, "{") {
		if err := json.Unmarshal([]byte(e.Body), &e); err != nil {
			return nil, err
		}
	}
	switch e.Do {
	case "answer":
		return e.Answer, nil
	case "print":
		fmt.Println(e.Text)
		fmt.Fprintln(os.Stderr, "to stderr: "+e.Text)
	case "print many":
		for i := range e.Count {
			fmt.Printf("line %06d\n", i)
		}
	case "fail":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.Count)
	case "hang":
		<-make(chan struct{})
	case "spin":
		for {
			calls = 0
		}
	case "wait for the deadline":
		deadline, _ := ctx.Deadline()
		<-ctx.Done()
		return time.Until(deadline) <= 0, nil
	case "meet": // returns once as many calls as e.Count are here at once
		name := fmt.Sprintf("%s/%s.%d", e.Text, "meet", os.Getpid())
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return nil, err
		}
		for {
			here, err := os.ReadDir(e.Text)
			if err != nil || len(here) >= e.Count {
				return len(here), err
			}
			time.Sleep(time.Millisecond)
		}
	case "leave a child":
		child := exec.Command("/bin/sleep", "600")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: e.Text == "in its own session"}
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			return nil, err
		}
		return map[string]int{"pid": os.Getpid(), "child": child.Process.Pid}, nil
	case "run":
		out, err := exec.Command(e.Text).Output()
		return string(out), err
	case "environment":
		directory, err := os.Getwd()
		context, _ := lambdacontext.FromContext(ctx)
		return map[string]any{
			"environ": os.Environ(), "directory": directory, "arn": context.InvokedFunctionArn,
			"id": context.AwsRequestID, "client": context.ClientContext.Custom,
		}, err
	case "kill itself":
		if err := syscall.Kill(os.Getpid(), syscall.Signal(e.Count)); err != nil {
			return nil, err
		}
		<-make(chan struct{})
	case "flood": // the log, with no end of a line
		_, err := os.Stdout.Write(bytes.Repeat([]byte{'x', 0, 0xff}, e.Count))
		return nil, err
	case "close its output":
		return "closed", errors.Join(os.Stdout.Close(), os.Stderr.Close())
	case "tell the runtime API": // at e.Text, what is in the answer
		context, _ := lambdacontext.FromContext(ctx)
		at := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/" + strings.ReplaceAll(e.Text, "ID", context.AwsRequestID)
		told, err := http.Post(at, "text/plain", bytes.NewReader(e.Answer))
		if err != nil {
			return nil, err
		}
		defer told.Body.Close()
		return told.StatusCode, nil
	case "large":
		return strings.Repeat("x", e.Count), nil
	case "calls":
		return map[string]int{"calls": calls, "pid": os.Getpid()}, nil
	case "event":
		return raw, nil
	}
	return raw, nil
}

func main() {
	if os.Getenv("BROKEN_START") != "" {
		fmt.Println("cannot start")
		os.Exit(3)
	}
	lambda.Start(handle)
}
