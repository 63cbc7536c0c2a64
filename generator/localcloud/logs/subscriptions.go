package logs

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// subscription is one of a group's filters, under the names that the API has. It is
// kept and shown; no event is sent to its destination.
type subscription struct {
	FilterName     string `json:"filterName"`
	FilterPattern  string `json:"filterPattern"`
	DestinationARN string `json:"destinationArn"`
	RoleARN        string `json:"roleArn,omitempty"`
	Distribution   string `json:"distribution"`
	LogGroupName   string `json:"logGroupName"`
	CreationTime   int64  `json:"creationTime"` // milliseconds since 1970
}

// maxSubscriptions is how many filters a group takes
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
const maxSubscriptions = 2

var filterName = regexp.MustCompile(`^[^:*]{1,512}$`)

type putSubscriptionInput struct{ subscription }

func (in putSubscriptionInput) access(action string, at scope) []api.Access {
	return named{LogGroupName: in.LogGroupName}.access(action, at)
}

// putSubscription makes a filter, or replaces the one of the same name.
func (s *Service) putSubscription(at scope, in putSubscriptionInput) (none, error) {
	wanted := in.subscription
	switch {
	case !filterName.MatchString(wanted.FilterName):
		return none{}, invalidParameter("1 validation error detected: Value '%s' at 'filterName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [^:*]*", wanted.FilterName)
	case !strings.HasPrefix(wanted.DestinationARN, "arn:"):
		return none{}, invalidParameter("Invalid destination ARN: %s", wanted.DestinationARN)
	}
	wanted.Distribution = cmp.Or(wanted.Distribution, "ByLogStream")
	wanted.CreationTime = s.now().UnixMilli()
	return none{}, s.change(at, wanted.LogGroupName, func(row *group) error {
		if i := row.subscription(wanted.FilterName); i >= 0 {
			wanted.CreationTime = row.Subscriptions[i].CreationTime
			row.Subscriptions[i] = wanted
			return nil
		}
		if len(row.Subscriptions) == maxSubscriptions {
			return api.Errorf(http.StatusBadRequest, "LimitExceededException", "Resource limit exceeded.")
		}
		row.Subscriptions = append(row.Subscriptions, wanted)
		return nil
	})
}

// subscription is the place of a filter among those of its group, or -1.
func (g group) subscription(name string) int {
	return slices.IndexFunc(g.Subscriptions, func(f subscription) bool { return f.FilterName == name })
}

type describeSubscriptionsInput struct {
	named
	Prefix string `json:"filterNamePrefix"`
}

type describeSubscriptionsOutput struct {
	Filters []subscription `json:"subscriptionFilters"`
}

// describeSubscriptions answers in one page: a group has few.
func (s *Service) describeSubscriptions(at scope, in describeSubscriptionsInput) (describeSubscriptionsOutput, error) {
	out := describeSubscriptionsOutput{Filters: []subscription{}}
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.findGroup(tx, at, in.group())
		for _, f := range row.Subscriptions {
			if strings.HasPrefix(f.FilterName, in.Prefix) {
				out.Filters = append(out.Filters, f)
			}
		}
		return err
	})
	return out, err
}

type deleteSubscriptionInput struct {
	named
	FilterName string `json:"filterName"`
}

func (s *Service) deleteSubscription(at scope, in deleteSubscriptionInput) (none, error) {
	return none{}, s.change(at, in.group(), func(row *group) error {
		i := row.subscription(in.FilterName)
		if i < 0 {
			return notFound("subscription filter")
		}
		row.Subscriptions = slices.Delete(row.Subscriptions, i, i+1)
		return nil
	})
}
