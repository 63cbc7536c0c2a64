package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestStatementsWithoutANameOfTheirOwn are found all the same.
func TestStatementsWithoutANameOfTheirOwn(t *testing.T) {
	policy, err := parsePolicy(`{"Statement":[
		{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject"},
		{"Sid":"Read","Effect":"Allow","Action":"s3:*"},
		{"Effect":"Allow","Action":"iam:*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(policy)), ", "); got != "Read, statement 2, statement 3" {
		t.Errorf("got %s", got)
	}
}
