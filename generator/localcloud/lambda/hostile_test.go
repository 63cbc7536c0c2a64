package lambda

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestHostileFunctions has functions do to their execution environment what none
// should. The cloud goes on, and so does the function with its next call.
func TestHostileFunctions(t *testing.T) {
	c := newCloud(t)
	for name, test := range map[string]struct {
		event   string
		payload string // a pattern
		failed  bool
	}{
		"segmentation fault":     {`{"do":"kill itself","count":` + signal(syscall.SIGSEGV) + `}`, `"errorType":"Runtime.ExitError"`, true},
		"killed":                 {`{"do":"kill itself","count":` + signal(syscall.SIGKILL) + `}`, `signal: killed","errorType":"Runtime.ExitError"`, true},
		"endless line":           {`{"do":"flood","count":1000000}`, `^null$`, false},
		"no output":              {`{"do":"close its output"}`, `closed`, false},
		"another's answer":       {`{"do":"tell the runtime API","text":"invocation/other/response","answer":"x"}`, `^400$`, false},
		"another's error":        {`{"do":"tell the runtime API","text":"invocation/other/error","answer":"x"}`, `^400$`, false},
		"an early answer":        {`{"do":"tell the runtime API","text":"invocation/ID/response","answer":"early"}`, `^"early"$`, false},
		"an error of its own":    {`{"do":"tell the runtime API","text":"invocation/ID/error","answer":"odd"}`, `^"odd"$`, true},
		"a late failure to init": {`{"do":"tell the runtime API","text":"init/error","answer":"late"}`, `^403$`, false},
		"a call that is none":    {`{"do":"tell the runtime API","text":"nothing/at/all"}`, `^404$`, false},
	} {
		t.Run(name, func(t *testing.T) {
			// What one does to its environment is not there for another.
			function := strings.NewReplacer(" ", "-", "'", "").Replace(name)
			c.group("/aws/lambda/" + function)
			c.deploy(function, func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
			out := c.invoke(function, test.event)
			if !regexp.MustCompile(test.payload).Match(out.Payload) || (out.FunctionError != nil) != test.failed {
				t.Errorf("payload %.300s, function error %q", out.Payload, aws.ToString(out.FunctionError))
			}
			if after := c.invoke(function, `{"do":"answer","answer":"fine"}`); string(after.Payload) != `"fine"` {
				t.Errorf("the next call answers %s", after.Payload)
			}
		})
	}
}

func signal(s syscall.Signal) string { return fmt.Sprint(int(s)) }
