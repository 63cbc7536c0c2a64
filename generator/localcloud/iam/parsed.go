package iam

import (
	"fmt"
	"sync"

	"sendform/generator/localcloud/identity"
)

// parsedPolicies are policies by their text: the same few decide about nearly every
// call, and reading them anew each time takes longer than most calls. Nobody may change
// what they hold.
type parsedPolicies struct {
	mu     sync.Mutex
	byText map[string]identity.Policy
}

// mostParsed bounds what is kept. When there are more, all are forgotten.
const mostParsed = 1000

func (p *parsedPolicies) parse(what, text string) (identity.Policy, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if policy, known := p.byText[text]; known {
		return policy, nil
	}
	policy, err := identity.ParsePolicy(text)
	if err != nil {
		return policy, fmt.Errorf("read %s: %w", what, err)
	}
	if p.byText == nil || len(p.byText) >= mostParsed {
		p.byText = map[string]identity.Policy{}
	}
	p.byText[text] = policy
	return policy, nil
}
