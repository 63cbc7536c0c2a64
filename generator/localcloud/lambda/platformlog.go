package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/logs"
)

// begin writes the line that opens an invocation's log.
func (e *environment) begin(inv *invocation) {
	e.output.restartTail()
	if e.config.LoggingConfig.LogFormat == logFormatJSON {
		e.platformLine(levelInfo, "platform.start", map[string]any{"requestId": inv.id, "version": e.config.Version})
		return
	}
	e.output.line(fmt.Sprintf("START RequestId: %s Version: %s", inv.id, e.config.Version))
}

// report writes the lines that close an invocation's log, once all that the
// function printed is in it, and completes the outcome.
func (e *environment) report(inv *invocation, out outcome, status string) outcome {
	e.output.drain()
	duration := e.now().Sub(inv.started)
	initTime := e.firstInit()
	milliseconds := func(d time.Duration) float64 { return math.Round(d.Seconds()*1e5) / 100 }
	billed := int(math.Ceil(milliseconds(duration + initTime)))
	memory := peakMemory(e.pid)
	if e.config.LoggingConfig.LogFormat == logFormatJSON {
		metrics := map[string]any{
			"durationMs": milliseconds(duration), "billedDurationMs": billed,
			"memorySizeMB": e.config.MemorySize, "maxMemoryUsedMB": memory,
		}
		if initTime > 0 && e.restored() {
			metrics["restoreDurationMs"] = milliseconds(initTime)
		} else if initTime > 0 {
			metrics["initDurationMs"] = milliseconds(initTime)
		}
		done, reported := levelDebug, levelInfo
		if status != "success" {
			done, reported = levelWarn, levelWarn
		}
		e.platformLine(done, "platform.runtimeDone", map[string]any{
			"requestId": inv.id, "status": status, "metrics": map[string]any{"durationMs": milliseconds(duration)},
		})
		e.platformLine(reported, "platform.report", map[string]any{"requestId": inv.id, "metrics": metrics, "status": status})
	} else {
		e.output.line("END RequestId: " + inv.id)
		line := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB",
			inv.id, milliseconds(duration), billed, e.config.MemorySize, memory)
		if initTime > 0 && e.restored() {
			line += fmt.Sprintf("\tRestore Duration: %.2f ms", milliseconds(initTime))
		} else if initTime > 0 {
			line += fmt.Sprintf("\tInit Duration: %.2f ms", milliseconds(initTime))
		}
		if status != "success" {
			line += "\tStatus: " + status
		}
		e.output.line(line)
	}
	e.output.flush()
	out.tail, out.version = e.output.currentTail(), e.config.Version
	return out
}

// firstInit is how long the start took, told once.
func (e *environment) firstInit() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	took := e.initTime
	e.initTime = 0
	return took
}

// logLevel is how much a line of the platform's own matters.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
type logLevel int

const (
	levelDebug logLevel = iota
	levelInfo
	levelWarn
)

// systemLevels are the values of SystemLogLevel.
var systemLevels = map[string]logLevel{"DEBUG": levelDebug, "INFO": levelInfo, "WARN": levelWarn}

// platformLine writes a line of the platform's own into a JSON log, unless the
// system log level leaves it out.
func (e *environment) platformLine(level logLevel, kind string, record map[string]any) {
	if level < systemLevels[e.config.LoggingConfig.SystemLogLevel] {
		return
	}
	line, err := json.Marshal(map[string]any{
		"time": e.now().UTC().Format("2006-01-02T15:04:05.000Z"), "type": kind, "record": record,
	})
	if err == nil { // strings and numbers always encode
		e.output.line(string(line))
	}
}

// logWriter writes events where the function logs to, as the function's role and
// only if it may. A missing log group is made if the role may do that; else, as
// on AWS, what is printed is lost.
func (s *Service) logWriter(e *environment, stream string) func([]logs.Event) {
	group := e.config.LoggingConfig.LogGroup
	role := e.principal()
	may := func(action, stream string) bool {
		arn := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:log-stream:%s", e.region, e.account, group, stream)
		return s.Authorise(role, api.Access{Action: "logs:" + action, Resource: arn}, e.region) == nil
	}
	created := false
	return func(events []logs.Event) {
		if !created && !may("CreateLogStream", stream) || !may("PutLogEvents", stream) {
			return
		}
		err := s.Logs.Write(e.account, e.region, group, stream, events)
		if missing := (*api.Error)(nil); errors.As(err, &missing) && missing.Code == "ResourceNotFoundException" {
			if !may("CreateLogGroup", "") {
				return
			}
			if err = s.Logs.CreateGroup(e.account, e.region, group); err == nil {
				err = s.Logs.Write(e.account, e.region, group, stream, events)
			}
		}
		if err != nil {
			s.Logger.Error("write a function's log", "function", e.config.FunctionName, "error", err)
			return
		}
		created = true
	}
}

// principal is the function's role as its session shows it.
func (e *environment) principal() api.Principal {
	role := e.config.Role[strings.LastIndex(e.config.Role, "/")+1:]
	return api.Principal{
		Kind: api.AssumedRole, Account: e.account, RoleARN: e.config.Role,
		ARN: fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", e.account, role, e.config.FunctionName),
	}
}
