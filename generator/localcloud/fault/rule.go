// Package fault says which calls of a cloud fail, and how: rules as people write them,
// and who keeps count of the calls that they match. It also knows what is true later
// than it was answered, as a role that exists and is not found.
//
// It must not know how a call is served, nor make it fail: the front door does.
package fault

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is what happens to a call.
type Kind string

// The kinds of fault.
const (
	Throttle    Kind = "throttle"     // refused in the service's own words for too many calls
	Internal    Kind = "500"          // refused: the service failed
	Unavailable Kind = "503"          // refused: the service is not there
	ResetBefore Kind = "reset-before" // the connection is reset and nothing was done
	ResetAfter  Kind = "reset-after"  // it is done, and the connection reset instead of an answer
	Slow        Kind = "slow"         // it is done after a delay
)

func kinds() []Kind {
	return []Kind{Throttle, Internal, Unavailable, ResetBefore, ResetAfter, Slow}
}

// Scope is which calls are counted together.
type Scope string

// The scopes of a count. The zero value counts all calls that a rule matches together.
const (
	PerOperation Scope = "operation" // each operation of each service has a count
	PerResource  Scope = "resource"  // each operation has a count for each of its resources
)

// Rule makes calls fail. Two rules are the same if they are equal.
type Rule struct {
	// Service and Operation are what the recorder calls them, as s3 and PutObject, or
	// patterns of it: * is any text, ? is any character. A pattern is about the services
	// of AWS's API; edge and lambda-url, which are applications, must be named.
	Service, Operation string
	// Resource is a pattern of an ARN, of which a call must have one; empty is any call.
	Resource string
	Kind     Kind
	// Delay is that of [Slow], else 0.
	Delay time.Duration
	// At most one of the next four is set. If none is, every call fails.
	Nth         int     // only this one, from 1
	Every       int     // this one, twice this one, and so on
	First       int     // this many
	Probability float64 // above 0 and at most 1
	// Seed goes with Probability: the same calls in the same order fail again.
	Seed uint64
	// Per goes with Nth, Every and First.
	Per Scope
}

// String writes the rule as [ParseRule] reads it.
func (r Rule) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s:%s %s", r.Service, r.Operation, r.Kind)
	add := func(name, value string, set bool) {
		if set {
			s.WriteString(" " + name + "=" + value)
		}
	}
	add("delay", r.Delay.String(), r.Delay != 0)
	add("resource", r.Resource, r.Resource != "")
	add("nth", strconv.Itoa(r.Nth), r.Nth != 0)
	add("every", strconv.Itoa(r.Every), r.Every != 0)
	add("first", strconv.Itoa(r.First), r.First != 0)
	add("probability", strconv.FormatFloat(r.Probability, 'g', -1, 64), r.Probability != 0)
	add("seed", strconv.FormatUint(r.Seed, 10), r.Seed != 0)
	add("per", string(r.Per), r.Per != "")
	return s.String()
}

// Rules are all that goes wrong in a cloud; the zero value is nothing.
type Rules struct {
	Calls []Rule
	Lags  Lags
}

// Strings are the rules as [Parse] reads them.
func (r Rules) Strings() []string {
	var texts []string
	for _, rule := range r.Calls {
		texts = append(texts, rule.String())
	}
	if r.Lags != (Lags{}) {
		texts = append(texts, r.Lags.String())
	}
	return texts
}
