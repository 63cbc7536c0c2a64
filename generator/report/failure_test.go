package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sendform/generator/components"
	"sendform/generator/lifecycle"
	"sendform/generator/terraform"
)

// TestFailuresSayWhatToDo draws failures as an operator sees them who has nothing else.
func TestFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	secret := func(text string) string {
		return string(bytes.ReplaceAll([]byte(text), []byte("hunter2"), []byte("(hidden)")))
	}
	role := lifecycle.Finding{
		Component: components.Address{Kind: "identity", Name: "user"}, Resource: "role app-qa-user",
		Attribute: "inline_policies.extra", Wanted: "nothing", Got: `{"All":{"Action":["hunter2"]}}`,
	}
	token := lifecycle.Finding{
		Component: components.Address{Kind: "acceptance", Name: "transfer"}, Resource: "function.admin",
		Attribute: "POST /tokens", Wanted: "success", Got: "status 401",
	}
	step := func(name string, err error) error { return &lifecycle.StepError{Step: name, Err: err} }
	denied := errors.New("terraform apply: module.function_user.aws_lambda_function.this: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: lambda:CreateFunction")
	held := &lifecycle.LockedError{
		Environment: "qa", Region: "eu-west-2", Lock: &terraform.LockError{ID: "8a1c", Operation: "OperationTypeApply", Who: "ann@ci-7"},
	}
	busy := &lifecycle.BusyError{Target: "qa/eu-west-2", Operation: "apply", PID: 42, Host: "here", Since: time.Now()}
	var out bytes.Buffer
	for _, failure := range []struct {
		command string
		err     error
		without bool // the error itself says what to do
	}{
		{command: "apply", err: step("apply", denied)},
		{command: "apply", err: step("plan", errors.New("look at state.eu-west-2: AccessDenied: no"))},
		{command: "apply", err: step("apply", errors.New("terraform apply: Saved plan is stale"))},
		{command: "apply", err: step("check the plan", errors.New("the plan has changed; make a new plan: sendform plan")), without: true},
		{command: "apply", err: step("plan", errors.New("not confirmed; nothing was changed")), without: true},
		{command: "apply", err: step("plan", held), without: true},
		{command: "apply", err: busy, without: true},
		{command: "apply", err: step("apply", fmt.Errorf("%w: %w", lifecycle.ErrInterrupted, context.Canceled)), without: true},
		{command: "verify", err: step("verify", lifecycle.Findings{role})},
		{command: "apply", err: step("verify", lifecycle.Findings{token})},
		{command: "destroy", err: step("delete", errors.New("terraform apply: signal: killed"))},
		{command: "destroy", err: step("verify deleted", fmt.Errorf("%w\nRun it again: what is left is adopted and deleted", lifecycle.Findings{role})), without: true},
		{command: "verify-deleted", err: step("verify deleted", lifecycle.Findings{role})},
		{command: "rehearse", err: step("create", denied)},
	} {
		f := &Failure{Command: failure.command, Target: "qa/eu-west-2", Err: failure.err, mask: secret}
		if advice := f.advice(); (advice == "") != failure.without {
			t.Errorf("%s, %v: advice %q", failure.command, failure.err, advice)
		}
		if failure.err == error(busy) {
			continue // it says for how long
		}
		fmt.Fprintf(&out, "== %s\n", failure.command)
		Error(&out, errors.Join(f))
	}
	golden(t, "failures.txt", out.String())
}
