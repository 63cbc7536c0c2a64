package lambda

import (
	"fmt"
	"regexp"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// reference names a function and perhaps a version or an alias of it.
type reference struct {
	account, region, name string
	qualifier             string // empty when the call gave none
}

const latest = "$LATEST"

var (
	functionName    = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
	functionForm    = regexp.MustCompile(`^(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?$`)
	qualifierForm   = regexp.MustCompile(`^(\$LATEST|[a-zA-Z0-9-_]{1,128})$`)
	functionPattern = "Member must satisfy regular expression pattern: " + strings.Trim(functionForm.String(), "^$")
)

// parseReference reads what a path or a member may name a function by: name,
// name:qualifier, 123456789012:function:name, or an ARN with or without
// qualifier. A qualifier given beside it must not say something else.
func parseReference(r *api.Request, named, qualifier string) (reference, error) {
	var wrong violations
	form := functionForm.FindStringSubmatch(named)
	if form == nil {
		wrong.add(named, "functionName", functionPattern)
		return reference{}, wrong.err()
	}
	ref := reference{account: r.Account(), region: r.Region, name: form[7], qualifier: form[9]}
	if account := strings.TrimSuffix(form[5], ":"); account != "" {
		ref.account = account
	}
	if region := strings.TrimSuffix(form[3], ":"); region != "" && region != r.Region {
		return reference{}, notFound("Functions from '%s' are not reachable in this region ('%s')", region, r.Region)
	}
	if !functionName.MatchString(ref.name) {
		wrong.add(ref.name, "functionName", "Member must have length less than or equal to 64")
	}
	if qualifier != "" && !qualifierForm.MatchString(qualifier) {
		wrong.add(qualifier, "qualifier", "Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)")
	}
	if err := wrong.err(); err != nil {
		return reference{}, err
	}
	if qualifier != "" {
		if ref.qualifier != "" && ref.qualifier != qualifier {
			return reference{}, invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
		}
		ref.qualifier = qualifier
	}
	return ref, nil
}

// unqualified is the function itself.
func (f reference) unqualified() reference {
	f.qualifier = ""
	return f
}

// with is another version or alias of the same function.
func (f reference) with(qualifier string) reference {
	f.qualifier = qualifier
	return f
}

// arn is the function's ARN, qualified when the reference is.
func (f reference) arn() string {
	arn := fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", f.region, f.account, f.name)
	if f.qualifier != "" {
		arn += ":" + f.qualifier
	}
	return arn
}

// key is where the function's row is.
func (f reference) key() string { return store.Key(f.account, f.region, f.name) }
