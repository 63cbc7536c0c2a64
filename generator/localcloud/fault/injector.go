package fault

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// Call is what rules look at.
type Call struct {
	Service, Operation string
	Resources          []string // ARNs
}

// Injector keeps count of calls and says which of them fail. It is safe for concurrent
// use.
type Injector struct {
	mu    sync.Mutex
	rules []*counting
}

// counting is a rule with the calls that it has matched so far.
type counting struct {
	Rule

	counts  map[string]int // by what the rule counts per
	chances *rand.Rand
	hits    int
}

// NewInjector begins to count at nothing.
func NewInjector(rules []Rule) *Injector {
	i := &Injector{}
	for _, r := range rules {
		// PCG wants two numbers; the second is any.
		i.rules = append(i.rules, &counting{Rule: r, counts: map[string]int{}, chances: rand.New(rand.NewPCG(r.Seed, 0))})
	}
	return i
}

// Next counts a call and says by which rule it fails. Every rule that matches counts
// it; the first whose turn it is makes it fail.
func (i *Injector) Next(c Call) (hit Rule, fails bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.rules {
		if !r.matches(c) || !r.turn(c) || fails {
			continue
		}
		hit, fails = r.Rule, true
		r.hits++
	}
	return hit, fails
}

// Hit is how many calls a rule has made fail.
type Hit struct {
	Rule  Rule
	Calls int
}

// Hits are those of every rule, in their order.
func (i *Injector) Hits() []Hit {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []Hit
	for _, r := range i.rules {
		all = append(all, Hit{Rule: r.Rule, Calls: r.hits})
	}
	return all
}

func (r *counting) matches(c Call) bool {
	if !r.meansService(c.Service) || !like(r.Operation, c.Operation) {
		return false
	}
	if r.Resource == "" {
		return true
	}
	for _, arn := range c.Resources {
		if like(r.Resource, arn) {
			return true
		}
	}
	return false
}

// meansService tells whether a rule is about a service. What an application's own
// clients ask for is no call of an AWS API, nobody repeats it, and a rule must name it.
func (r *counting) meansService(name string) bool {
	if slices.Contains(applications(), name) {
		return r.Service == name
	}
	return like(r.Service, name)
}

// applications are the services that answer for what is deployed: the URLs of functions
// and distributions.
func applications() []string { return []string{"edge", "lambda-url"} }

// turn counts a call that the rule matches, and tells whether it is one that fails.
func (r *counting) turn(c Call) bool {
	if r.Probability != 0 {
		return r.chances.Float64() < r.Probability
	}
	if r.Nth == 0 && r.Every == 0 && r.First == 0 {
		return true
	}
	key := ""
	switch r.Per {
	case PerOperation:
		key = c.Service + ":" + c.Operation
	case PerResource:
		key = c.Service + ":" + c.Operation + " " + strings.Join(c.Resources, " ")
	}
	r.counts[key]++
	n := r.counts[key]
	return n == r.Nth || n <= r.First || r.Every != 0 && n%r.Every == 0
}

// like tells whether a text is as a pattern says, in which * is any text and ? is any
// character.
func like(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	i, star, from := 0, -1, 0 // from is where the text behind the last star begins
	for j := 0; j < len(t); {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
