package lambda

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"sendform/generator/localcloud/api"
)

// Limits of what goes into a function and what comes out.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxPayload      = 6 << 20          // bytes of a synchronous event
	maxAnswer       = maxPayload + 100 // bytes of an answer, as the Runtime API enforces it
	maxStreamed     = 20 << 20         // bytes of a streamed answer; it is kept in memory
	maxEventPayload = 1 << 20          // bytes of an asynchronous event
)

// traceHeader carries X-Ray's trace of a call.
const traceHeader = "X-Amzn-Trace-Id"

func (s *Service) invokeFunction(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	kind := c.Header.Get("X-Amz-Invocation-Type")
	p := s.onFunction("InvokeFunction", ref, func(c call) (reply, error) {
		switch kind {
		case "", "RequestResponse":
			return s.invokeAndWait(c, ref)
		case "Event":
			return s.invokeLater(c, ref)
		case "DryRun":
			_, _, err := s.find(ref)
			return reply{status: http.StatusNoContent}, err
		}
		var wrong violations
		oneOf(&wrong, kind, "invocationType", "Event", "RequestResponse", "DryRun")
		return reply{}, wrong.err()
	})
	return p, nil
}

// event checks the payload of a call; without one the event is an empty object.
func (c call) event(kind string, limit int) ([]byte, error) {
	if len(c.body) > limit {
		return nil, payloadTooLarge(len(c.body), kind, limit)
	}
	if len(c.body) == 0 {
		return []byte("{}"), nil
	}
	if !json.Valid(c.body) {
		return nil, api.Errorf(http.StatusBadRequest, "InvalidRequestContentException",
			"Could not parse request body into json: it is not valid JSON")
	}
	return c.body, nil
}

func payloadTooLarge(size int, kind string, limit int) *api.Error {
	return api.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
		"%d byte payload is too large for the %s invocation type (limit %d bytes)", size, kind, limit)
}

// newInvocation makes an invocation; an id and a trace that are empty are made up.
func newInvocation(id, trace string, ref reference, event []byte) *invocation {
	inv := &invocation{
		id: id, arn: ref.arn(), event: event, trace: trace, maxAnswer: maxAnswer,
		taken: make(chan struct{}), finished: make(chan outcome, 1),
	}
	if inv.id == "" {
		inv.id = newID()
	}
	if inv.trace == "" {
		inv.trace = newTrace()
	}
	return inv
}

// newTrace makes an X-Ray trace header that is not sampled.
func newTrace() string {
	var b [24]byte
	rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	return fmt.Sprintf("Root=1-%s-%s;Parent=%s;Sampled=0", id[:8], id[8:32], id[32:])
}

func (s *Service) invokeAndWait(c call, ref reference) (reply, error) {
	f, config, err := s.find(ref)
	if err != nil {
		return reply{}, err
	}
	if err := config.checkReady(); err != nil {
		return reply{}, err
	}
	event, err := c.event("RequestResponse", maxPayload)
	if err != nil {
		return reply{}, err
	}
	inv := newInvocation(c.ID, c.Header.Get(traceHeader), ref, event)
	if encoded := c.Header.Get("X-Amz-Client-Context"); encoded != "" {
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !json.Valid(text) {
			return reply{}, api.Errorf(http.StatusBadRequest, "InvalidRequestContentException",
				"Client context must be a valid Base64-encoded JSON object.")
		}
		// It goes into a header of the Runtime API: one line.
		inv.clientContext = strings.NewReplacer("\r", "", "\n", "").Replace(string(text))
	}
	out, err := s.execute(c.Context(), f, config, inv)
	if err != nil {
		return reply{}, err
	}
	header := http.Header{}
	header.Set("X-Amz-Executed-Version", out.version)
	header.Set(traceHeader, inv.trace)
	if out.failed {
		header.Set("X-Amz-Function-Error", "Unhandled")
	}
	if c.Header.Get("X-Amz-Log-Type") == "Tail" {
		header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(out.tail))
	}
	return reply{status: http.StatusOK, header: header, body: out.payload}, nil
}
