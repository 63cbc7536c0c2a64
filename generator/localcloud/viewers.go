package localcloud

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/logs"
)

// viewers answers the hosts of distributions.
type viewers struct{ edge http.Handler }

// Route implements [api.Service]. Viewers need no permission; what their requests are
// allowed at the origin is decided there.
func (v viewers) Route(r *api.Request) (api.Operation, error) {
	return api.Operation{Name: r.Method, Handle: func(w http.ResponseWriter, r *api.Request) error {
		for _, name := range requestIDs {
			w.Header().Del(name) // CloudFront has a header of its own
		}
		v.edge.ServeHTTP(w, r.Request)
		return nil
	}}, nil
}

// WriteError implements [api.Service].
func (v viewers) WriteError(w http.ResponseWriter, _ *api.Request, e *api.Error) {
	http.Error(w, e.Message, e.Status)
}

// edgeRegion is where CloudFront keeps what functions log.
const edgeRegion = defaultRegion

// functionLogs keeps what CloudFront functions log
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-logs.html).
type functionLogs struct {
	groups *logs.Service
	logger *slog.Logger
	stream string // the name's part that tells one run of the cloud from the next
}

func newFunctionLogs(groups *logs.Service, logger *slog.Logger) functionLogs {
	return functionLogs{groups: groups, logger: logger, stream: rand.Text()}
}

// write keeps the lines of one run of a function. It needs nobody's permission and
// makes the group when that is missing.
func (f functionLogs) write(l edge.FunctionLog) {
	events := []logs.Event{event(l, "START DistributionID: "+l.DistributionID)}
	for _, line := range l.Lines {
		events = append(events, event(l, line))
	}
	events = append(events, event(l, "END"))
	group, stream := "/aws/cloudfront/function/"+l.Function, l.Time.UTC().Format("2006/1/2/")+f.stream
	err := f.groups.Write(l.Account, edgeRegion, group, stream, events)
	if missing := (*api.Error)(nil); errors.As(err, &missing) && missing.Code == "ResourceNotFoundException" {
		if err = f.groups.CreateGroup(l.Account, edgeRegion, group); err == nil {
			err = f.groups.Write(l.Account, edgeRegion, group, stream, events)
		}
	}
	if err != nil {
		f.logger.Error("write a CloudFront function's log", "function", l.Function, "error", err)
	}
}

func event(l edge.FunctionLog, text string) logs.Event {
	return logs.Event{Time: l.Time, Message: fmt.Sprintf("%s %s", l.RequestID, text)}
}
