package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// MaxFunctionSize is the size of a function's source text, in bytes.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const MaxFunctionSize = 10 * 1024

// FunctionRun is what came of one run of a function.
type FunctionRun struct {
	Output  []byte // JSON: {"request":…} or {"response":…}; empty after an error
	Logs    []string
	Error   string // empty: none
	Compute int    // percent of the time that a function may take
}

// RunFunction runs a function on one event, which is JSON as the event structure of
// CloudFront Functions has it. now is the time that the function sees.
func RunFunction(ctx context.Context, f Function, eventJSON []byte, now time.Time) FunctionRun {
	var e event
	if err := json.Unmarshal(eventJSON, &e); err != nil {
		return FunctionRun{Error: fmt.Sprintf("The event object is not valid: %v", err)}
	}
	if e.Context.EventType != viewerRequest && e.Context.EventType != viewerResponse {
		return FunctionRun{Error: fmt.Sprintf("The event object's context.eventType is %q, not %s or %s", e.Context.EventType, viewerRequest, viewerResponse)}
	}
	program, err := compile(f)
	if err != nil {
		return FunctionRun{Error: err.Error()}
	}
	result, trace, err := program.run(ctx, eventJSON, now)
	run := FunctionRun{Logs: trace.logs, Compute: trace.compute()}
	if err != nil {
		run.Error = err.Error()
		return run
	}
	out, failure := decodeOutcome(e, result)
	if failure != nil {
		run.Error = failure.Error()
		return run
	}
	if run.Output, err = json.Marshal(out); err != nil {
		run.Error = fmt.Sprintf("write the function's result: %v", err)
	}
	return run
}

// call runs a distribution's function on an event.
func (h *Handler) call(ctx context.Context, d Distribution, f Function, e event) (outcome, *functionError) {
	program, err := h.programs.get(f)
	if err != nil {
		return outcome{}, executionError(err)
	}
	eventJSON, err := json.Marshal(e)
	if err != nil {
		return outcome{}, executionError(fmt.Errorf("write the event: %w", err))
	}
	now := h.config.Now()
	result, trace, err := program.run(ctx, eventJSON, now)
	out, failure := outcome{}, (*functionError)(nil)
	if err != nil {
		failure = executionError(err)
	} else {
		out, failure = decodeOutcome(e, result)
	}
	lines := trace.logs
	if failure != nil {
		h.config.Logger.Warn("a function failed", "function", f.Name, "kind", failure.kind, "error", failure.message)
		lines = append(lines, "ERROR: "+failure.message)
	}
	if len(lines) > 0 && h.config.FunctionLog != nil {
		h.config.FunctionLog(FunctionLog{
			Account: d.Account, DistributionID: d.ID, Function: f.Name, RequestID: e.Context.RequestID, Time: now, Lines: lines,
		})
	}
	return out, failure
}
