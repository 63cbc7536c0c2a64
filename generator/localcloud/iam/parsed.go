package iam

import (
	"fmt"
	"sync"

	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/store"
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

// customerPolicies are rows of the table of policies, for decisions only. A row is
// decoded once for as long as it stays the same. Nobody may change what they hold.
type customerPolicies struct {
	mu    sync.Mutex
	byARN map[string]storedPolicy
}

type storedPolicy struct {
	data string // as it is in the table
	policy
}

func (c *customerPolicies) get(tx store.Tx, table store.Table[policy], arn string) (policy, bool, error) {
	data := table.Raw(tx, arn)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, found := c.byARN[arn]; found && known.data == string(data) {
		return known.policy, true, nil
	}
	p, found, err := table.Get(tx, arn)
	if err != nil || !found {
		return p, found, err
	}
	if c.byARN == nil || len(c.byARN) >= mostParsed {
		c.byARN = map[string]storedPolicy{}
	}
	c.byARN[arn] = storedPolicy{data: string(data), policy: p}
	return p, true, nil
}
