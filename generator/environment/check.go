package environment

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checker compares one decoded target with AWS's limits.
type checker struct {
	*loader
	target               Target
	body                 *hclsyntax.Body
	project, environment labelled
}

// at finds where an attribute's value is written; when it is a default, where its
// block is.
func at(body hcl.Body, attribute string, otherwise hcl.Range) hcl.Range {
	if b, isSyntax := body.(*hclsyntax.Body); isSyntax {
		if a, given := b.Attributes[attribute]; given {
			return a.Expr.Range()
		}
	}
	return otherwise
}

func (c checker) checkTarget(b targetBlock) {
	t := c.target
	where := func(attribute string) hcl.Range { return at(b.Body, attribute, c.environment.at) }
	c.oneOf(t.Region, regions, "region", where("regions"))
	if b.AccountID != "" && !accountPattern.MatchString(b.AccountID) {
		c.report(mistake(where("account_id"), "Not an account id", "%q is not: twelve digits are.", b.AccountID))
	}
	c.label("project", c.project.value, c.project.at)
	c.label("environment", c.environment.value, c.environment.at)
	if b.Release != nil {
		c.oneOf(*b.Release, releases, "release", where("release"))
	}
	if b.Branch != nil && !branchPattern.MatchString(t.Branch) {
		c.report(mistake(where("branch"), "Not a branch", "%q is not the name of a branch, such as main.", t.Branch))
	}
	if !written(b.Body, "artifacts") && len(t.Functions)+len(t.Layers) > 0 {
		c.report(mistake(c.environment.at, "Nowhere to put packages",
			"Functions and layers are uploaded to a bucket: name it here or in %s, artifacts = bucket.NAME.", baseFile))
	}
	c.checkBoundary(b, where("permissions_boundary"))
	c.checkTags(b)
	c.checkNames(b)
	for i, bucket := range t.Buckets {
		c.checkBucket(b.Buckets[i], bucket)
	}
	for i, layer := range t.Layers {
		c.checkLayer(b.Layers[i], layer)
	}
	for i, secret := range t.Secrets {
		c.checkSecret(b.Secrets[i], secret)
	}
	for i, parameter := range t.Parameters {
		c.checkParameter(b.Parameters[i], parameter)
	}
	for i, f := range t.Functions {
		c.checkFunction(b.Functions[i], f)
	}
	for i, d := range t.Distributions {
		c.checkDistribution(b.Distributions[i], d)
	}
	for i, d := range t.Deployers {
		c.checkDeployer(b.Deployers[i], d)
	}
	for i, a := range t.Acceptance {
		block := b.Acceptance[i]
		c.label("acceptance", a.Label, block.LabelRange)
		c.folder(a.Package, "Packages", at(block.Body, "package", block.LabelRange))
		c.checkReferred(a.Settings, block.LabelRange)
	}
	c.checkWaivers(b)
}

func (c checker) checkBoundary(b targetBlock, where hcl.Range) {
	boundary := c.target.PermissionsBoundary
	if b.PermissionsBoundary == nil {
		return
	}
	match := boundaryPattern.FindStringSubmatch(boundary)
	switch {
	case match == nil:
		c.report(mistake(where, "Not a policy", "%q is no ARN of an IAM policy, such as arn:%s:iam::%s:policy/boundary.",
			boundary, c.target.Partition, c.target.AccountID))
	case match[1] != "aws" && match[1] != c.target.AccountID:
		c.report(mistake(where, "Policy of another account", "The boundary is in account %s; the environment is in %s.", match[1], c.target.AccountID))
	}
}

func (c checker) checkTags(b targetBlock) {
	for _, block := range b.Tags {
		if len(block.Attributes) > maxTags {
			c.report(mistake(block.Range, "Too many tags", "AWS takes %d on a resource; these are %d.", maxTags, len(block.Attributes)))
		}
		for name, a := range block.Attributes {
			value := c.target.Tags[name]
			switch {
			case len(name) > maxTagKey || len(value) > maxTagValue:
				c.report(mistake(a.Range, "Tag too long", "A tag's name has at most %d characters, its value %d.%s",
					maxTagKey, maxTagValue, c.madeOf(a.Expr)))
			case strings.HasPrefix(strings.ToLower(name), "aws:"):
				c.report(mistake(a.NameRange, "Reserved tag", "AWS keeps tags that start with aws: for itself."))
			}
		}
	}
}

// checkNames reports names that two components of the same kind have.
func (c checker) checkNames(b targetBlock) {
	c.bucketName(c.target.StateBucket, b.Body, "state_bucket", c.environment.at)
	buckets := map[string]string{c.target.StateBucket: "the state bucket"}
	for i, bucket := range c.target.Buckets {
		where := at(b.Buckets[i].Body, "name", b.Buckets[i].LabelRange)
		c.unique(buckets, bucket.Name, "bucket."+bucket.Label, "Bucket name taken", where)
	}
	parameters := map[string]string{}
	for i, secret := range c.target.Secrets {
		where := at(b.Secrets[i].Body, "name", b.Secrets[i].LabelRange)
		// The two stores do not share their names.
		c.unique(parameters, string(secret.Store)+secret.Name, "secret."+secret.Label, "Name taken", where)
	}
	for i, p := range c.target.Parameters {
		where := at(b.Parameters[i].Body, "name", b.Parameters[i].LabelRange)
		c.unique(parameters, string(ParameterStore)+p.Name, "parameter."+p.Label, "Name taken", where)
	}
}

func (c checker) unique(taken map[string]string, name, component, summary string, where hcl.Range) {
	other, has := taken[name]
	if other == component {
		return // a block that is written twice, which is reported
	}
	if has {
		shown := strings.TrimPrefix(strings.TrimPrefix(name, string(ParameterStore)), string(SecretsManager))
		c.report(mistake(where, summary, "%s has the name %q already.", other, shown))
		return
	}
	taken[name] = component
}

func (c checker) checkWaivers(b targetBlock) {
	groups := [][]waiverBlock{b.Waivers}
	for _, block := range b.Buckets {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Layers {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Secrets {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Parameters {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Functions {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Distributions {
		groups = append(groups, block.Waivers)
	}
	for _, block := range b.Deployers {
		groups = append(groups, block.Waivers)
	}
	for _, w := range slices.Concat(groups...) {
		if !rulePattern.MatchString(w.Rule) {
			c.report(mistake(w.RuleRange, "Not a rule", "%q is no rule of a scanner, such as aws-s3-enable-bucket-logging.", w.Rule))
		}
		if len(strings.Fields(w.Reason)) < 3 || strings.ContainsAny(w.Reason, "\r\n") {
			c.report(mistake(at(w.Body, "reason", w.RuleRange), "No reason",
				"Say in a line of three words or more why %s does not count here: whoever reviews this wants to know.", w.Rule))
		}
	}
}

// checkReferred reports URLs of functions that have none.
func (c checker) checkReferred(settings []Setting, otherwise hcl.Range) {
	for _, s := range settings {
		c.checkURLs(s.Value, otherwise)
	}
}

func (c checker) checkURLs(v Value, otherwise hcl.Range) {
	for _, ref := range v.Refs() {
		if ref.Kind != "function" || c.hasURL(c.target.Function(ref.Name)) {
			continue
		}
		where := v.Range
		if where.Empty() {
			where = otherwise
		}
		c.report(mistake(where, "Function without a URL", "function.%s has no URL: set public = true in it, or put it behind a distribution.", ref.Name))
	}
}

func (c checker) hasURL(f Function) bool {
	return f.Public || c.target.Behind(f.Label)
}

// madeOf says where each part of an interpolated value comes from, behind a
// message about the whole; it is empty for a literal.
func (c checker) madeOf(expr hcl.Expression) string {
	var lines []string
	seen := map[string]bool{}
	for _, traversal := range expr.Variables() {
		path, value := traversal.RootName(), ""
		for _, step := range traversal[1:] {
			if attr, isAttr := step.(hcl.TraverseAttr); isAttr {
				path += "." + attr.Name
			}
		}
		if seen[path] {
			continue
		}
		seen[path] = true
		from := c.originOf(path)
		switch path {
		case "project.name":
			value = c.target.Project
		case "environment.name":
			value = c.target.Environment
		case "environment.account_id":
			value = c.target.AccountID
		case "environment.region":
			value = c.target.Region
		}
		if value != "" {
			value = fmt.Sprintf(" = %q", value)
		}
		lines = append(lines, fmt.Sprintf("\n  %s%s, from %s:%d", path, value, from.Filename, from.Start.Line))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\nIt is made of:" + strings.Join(lines, "")
}

// originOf finds where what a reference leads to is written.
func (c checker) originOf(path string) hcl.Range {
	root, rest, _ := strings.Cut(path, ".")
	switch path {
	case "project.name":
		return c.project.at
	case "environment.account_id":
		return at(c.body, "account_id", c.environment.at)
	case "environment.region":
		return at(c.body, "regions", c.environment.at)
	}
	label, attribute, _ := strings.Cut(rest, ".")
	for _, b := range c.body.Blocks {
		if b.Type == root && len(b.Labels) == 1 && b.Labels[0] == label {
			return at(b.Body, attribute, b.LabelRanges[0])
		}
	}
	return c.environment.at
}

// madeOfAttribute is [checker.madeOf] for an attribute of a block.
func (c checker) madeOfAttribute(body hcl.Body, attribute string) string {
	if b, isSyntax := body.(*hclsyntax.Body); isSyntax {
		if a, given := b.Attributes[attribute]; given {
			return c.madeOf(a.Expr)
		}
	}
	return ""
}

// length reports a name that the tool made and that is too long, with its parts.
func (c checker) length(name, what string, label labelled) {
	if len(name) <= maxNameLength {
		return
	}
	c.report(mistake(label.at, "Name too long",
		"%s would be called %q, which has %d characters; AWS takes %d. It is made of project %q (%s:%d), environment %q (%s:%d), %q (%s:%d) and the region %s: shorten one of them.",
		what, name, len(name), maxNameLength,
		c.project.value, c.project.at.Filename, c.project.at.Start.Line,
		c.environment.value, c.environment.at.Filename, c.environment.at.Start.Line,
		label.value, label.at.Filename, label.at.Start.Line, c.target.Region))
}

func (c checker) folder(path, what string, where hcl.Range) {
	if path == "" || !c.folderExists(path) {
		c.report(mistake(where, "No such folder", "%q is no folder of this repository. %s are named from the folder that has %s/.", path, what, Folder))
	}
}

// namesAreRight tells whether all that default names are made of is as it should
// be.
func (c checker) namesAreRight() bool {
	names := []string{c.project.value, c.environment.value}
	for _, b := range c.body.Blocks {
		if _, isComponent := referable[b.Type]; isComponent && len(b.Labels) == 1 {
			names = append(names, b.Labels[0])
		}
	}
	return !slices.ContainsFunc(names, func(name string) bool { return !labelPattern.MatchString(name) })
}

func (c checker) label(kind, name string, where hcl.Range) {
	if !labelPattern.MatchString(name) {
		c.report(mistake(where, "Not a name", "%q cannot name the %s: lower-case letters, digits and single hyphens, starting with a letter.", name, kind))
	}
}

func (c checker) oneOf(got string, allowed []string, what string, where hcl.Range) {
	if !slices.Contains(allowed, got) {
		c.report(mistake(where, "Unknown "+what, "%q is none%s Allowed: %s.", got, didYouMean(got, allowed), listOr(allowed, "nothing")))
	}
}

func (c checker) between(got, low, high int, unit string, where hcl.Range) {
	if got < low || got > high {
		c.report(mistake(where, "Out of range", "%d is not between %d and %d %s.", got, low, high, unit))
	}
}

// matches reports a text that is not what pattern describes.
func (c checker) matches(got string, pattern *regexp.Regexp, summary, says string, where hcl.Range) {
	if !pattern.MatchString(got) {
		c.report(mistake(where, summary, "%q is not: %s.", got, says))
	}
}

func (c checker) description(text string, where hcl.Range) {
	if len(text) > maxDescription {
		c.report(mistake(where, "Too long", "A description has at most %d characters; this one has %d.", maxDescription, len(text)))
	}
}

// bucketName checks the rules of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func (c checker) bucketName(name string, body hcl.Body, attribute string, otherwise hcl.Range) {
	refuse := func(why string) {
		if !written(body, attribute) && !c.namesAreRight() {
			return // what it is made of is reported
		}
		c.report(mistake(at(body, attribute, otherwise), "Not a bucket name", "%q (%d characters) cannot name a bucket: %s.%s",
			name, len(name), why, c.madeOfAttribute(body, attribute)))
	}
	switch {
	case len(name) < 3 || len(name) > 63:
		refuse("it needs 3 to 63 characters")
	case !bucketPattern.MatchString(name):
		refuse("only lower-case letters, digits, dots and hyphens, starting and ending with a letter or digit")
	case strings.Contains(name, ".."):
		refuse("two dots in a row")
	case net.ParseIP(name) != nil:
		refuse("it looks like an IP address")
	case hasAnyPrefix(name, "xn--", "sthree-", "amzn-s3-demo-"):
		refuse("AWS keeps names that start like this for itself")
	case hasAnySuffix(name, "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"):
		refuse("AWS keeps names that end like this for itself")
	}
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func hasAnySuffix(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(p string) bool { return strings.HasSuffix(s, p) })
}

// checkBetweenRegions reports what two regions of an environment cannot both have.
func (l *loader) checkBetweenRegions(body *hclsyntax.Body, env Environment) {
	domains := map[string]string{}
	for _, t := range env.Targets {
		for _, d := range t.Distributions {
			for _, domain := range d.Domains {
				other, taken := domains[domain]
				if !taken {
					domains[domain] = t.Region
					continue
				}
				l.report(mistake(domainsOf(body, d.Label), "Domain taken",
					"%s would have %q and so would %s: CloudFront gives a domain to one distribution only. Put ${environment.region} into it.",
					other, domain, t.Region))
			}
		}
	}
}

func domainsOf(body *hclsyntax.Body, distribution string) hcl.Range {
	for _, b := range body.Blocks {
		if b.Type == "distribution" && len(b.Labels) == 1 && b.Labels[0] == distribution {
			return at(b.Body, "domains", b.LabelRanges[0])
		}
	}
	return body.SrcRange
}
