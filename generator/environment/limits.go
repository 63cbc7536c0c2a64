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

// AWS's own limits, as of November 2026; each with the page that has it.
var (
	// https://docs.aws.amazon.com/general/latest/gr/rande.html
	regions = []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
		"ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
		"ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1",
		"cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1",
		"eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
		"us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
	runtimes = []string{"provided.al2023", "provided.al2", "python3.12", "python3.13"}
	// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
	architectures = []string{"arm64", "x86_64"}
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
	retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
	corsMethods = []string{"GET", "PUT", "POST", "DELETE", "HEAD"}
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
	reservedVariables = []string{
		"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
		"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
		"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
		"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
	}
	accessModes = []string{string(ReadOnly), string(ReadWrite)}

	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	labelPattern    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	bucketPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	variablePattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
	originPattern   = regexp.MustCompile(`^(\*|https?://[A-Za-z0-9.*-]+(:[0-9]{1,5})?)$`)
	healthPattern   = regexp.MustCompile(`^/[A-Za-z0-9/_.~-]*$`)
	handlerPattern  = regexp.MustCompile(`^[^\s]{1,128}$`)
)

const (
	maxNameLength     = 64   // function and role names
	maxVariablesBytes = 4096 // all names and values together
	maxDescription    = 256
	maxTags           = 50
	maxTagKey         = 128
	maxTagValue       = 256
)

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
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

// checkTarget compares a decoded target with AWS's limits.
func (l *loader) checkTarget(b targetBlock, t Target, project, environment labelled) {
	whole := environment.at
	l.oneOf(t.Region, regions, "region", at(b.Body, "regions", whole))
	if b.AccountID != "" && !accountPattern.MatchString(b.AccountID) {
		l.report(mistake(at(b.Body, "account_id", whole), "Not an account id", "%q is not: twelve digits are.", b.AccountID))
	}
	l.label("project", project.value, project.at)
	l.label("environment", environment.value, environment.at)
	l.bucketName(t.StateBucket, at(b.Body, "state_bucket", whole))
	l.checkTags(b, t)
	names := map[string]string{t.StateBucket: "the state bucket"}
	for i, bucket := range t.Buckets {
		block := b.Buckets[i]
		l.checkBucket(block, bucket)
		if other, taken := names[bucket.Name]; taken {
			l.report(mistake(at(block.Body, "name", block.LabelRange), "Bucket name taken", "%s has the name %q already.", other, bucket.Name))
		}
		names[bucket.Name] = "bucket." + bucket.Label
	}
	for i, f := range t.Functions {
		l.checkFunction(b.Functions[i], f, t)
	}
	for i, a := range t.Acceptance {
		block := b.Acceptance[i]
		l.label("acceptance", a.Label, block.LabelRange)
		l.packageFolder(a.Package, at(block.Body, "package", block.LabelRange))
		l.checkSettings(a.Settings, t, block.LabelRange)
	}
}

func (l *loader) checkTags(b targetBlock, t Target) {
	for _, block := range b.Tags {
		if len(block.Attributes) > maxTags {
			l.report(mistake(block.Range, "Too many tags", "AWS takes %d on a resource; these are %d.", maxTags, len(block.Attributes)))
		}
		for name, a := range block.Attributes {
			if len(name) > maxTagKey || len(t.Tags[name]) > maxTagValue {
				l.report(mistake(a.Range, "Tag too long", "A tag's name has at most %d characters, its value %d.", maxTagKey, maxTagValue))
			}
		}
	}
}

func (l *loader) checkBucket(block bucketBlock, b Bucket) {
	l.label("bucket", b.Label, block.LabelRange)
	l.bucketName(b.Name, at(block.Body, "name", block.LabelRange))
	if block.ExpireAfterDays != nil && b.ExpireAfterDays < 1 {
		l.report(mistake(at(block.Body, "expire_after_days", block.LabelRange), "Out of range",
			"%d is not a number of days: 1 or more; leave the attribute out to keep objects.", b.ExpireAfterDays))
	}
	for i, c := range block.CORS {
		if i > 0 {
			l.report(mistake(block.LabelRange, "Written twice", "One cors block is enough."))
			continue
		}
		for _, origin := range b.CORS.AllowedOrigins {
			if !originPattern.MatchString(origin) || strings.Count(origin, "*") > 1 {
				l.report(mistake(at(c.Body, "allowed_origins", block.LabelRange), "Not an origin",
					"%q is not: write scheme and host without a path, for example https://send.example.com.", origin))
			}
		}
		for _, method := range b.CORS.AllowedMethods {
			l.oneOf(method, corsMethods, "CORS method", at(c.Body, "allowed_methods", block.LabelRange))
		}
		l.between(b.CORS.MaxAgeSeconds, 0, 86400, "seconds", at(c.Body, "max_age_s", block.LabelRange))
	}
}

func (l *loader) checkFunction(block functionBlock, f Function, t Target) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	l.label("function", f.Label, block.LabelRange)
	if len(f.RoleName) > maxNameLength {
		l.report(mistake(block.LabelRange, "Name too long",
			"Its role would be called %q, which has %d characters; AWS takes %d. Shorten the name of the function, the environment or the project.",
			f.RoleName, len(f.RoleName), maxNameLength))
	}
	l.packageFolder(f.Package, where("package"))
	l.oneOf(f.Runtime, runtimes, "runtime", where("runtime"))
	l.oneOf(f.Architecture, architectures, "architecture", where("architecture"))
	l.between(f.MemoryMB, 128, 10240, "MB", where("memory_mb"))
	l.between(f.TimeoutS, 1, 900, "seconds", where("timeout_s"))
	if !slices.Contains(retentionDays, f.LogRetentionDays) {
		l.report(mistake(where("log_retention_days"), "Not a retention that CloudWatch Logs has",
			"%d is not; these are: %s.", f.LogRetentionDays, strings.Trim(fmt.Sprint(retentionDays), "[]")))
	}
	if len(f.Description) > maxDescription {
		l.report(mistake(where("description"), "Too long", "A description has at most %d characters.", maxDescription))
	}
	if !handlerPattern.MatchString(f.Handler) {
		l.report(mistake(where("handler"), "Not a handler", "%q is not: up to 128 characters without a space.", f.Handler))
	}
	switch {
	case f.Health != "" && !f.Public:
		l.report(mistake(where("health"), "Health without a URL", "function.%s has no URL to ask: set public = true, or leave health out.", f.Label))
	case f.Health != "" && !healthPattern.MatchString(f.Health):
		l.report(mistake(where("health"), "Not a path", "%q is not: write a path such as /info/health.", f.Health))
	}
	if t.Artifacts == "" {
		l.report(mistake(block.LabelRange, "Nowhere to put its package", "Name a bucket for packages in the environment or in %s: artifacts = bucket.NAME.", baseFile))
	}
	l.checkVariables(block, f)
	l.checkSettings(f.Settings, t, block.LabelRange)
	l.checkAccess(block, t)
}

func (l *loader) checkVariables(block functionBlock, f Function) {
	size := 0
	for _, setting := range f.Settings {
		size += len(setting.Name) + len(setting.Value.String())
	}
	for _, free := range block.Environment {
		for name, a := range free.Attributes {
			switch {
			case slices.Contains(reservedVariables, name):
				l.report(mistake(a.NameRange, "Reserved variable", "Lambda sets %s itself.", name))
			case !variablePattern.MatchString(name):
				l.report(mistake(a.NameRange, "Not a variable name", "%q is not: letters, digits and _, starting with a letter, two characters at least.", name))
			}
		}
		if size > maxVariablesBytes {
			l.report(mistake(free.Range, "Environment too large", "Names and values have %d bytes; Lambda takes %d.", size, maxVariablesBytes))
		}
	}
}

// checkSettings reports URLs of functions that have none.
func (l *loader) checkSettings(settings []Setting, t Target, otherwise hcl.Range) {
	for _, s := range settings {
		for _, ref := range s.Value.Refs() {
			if !t.Function(ref.Name).Public {
				where := s.Value.Range
				if where.Empty() {
					where = otherwise
				}
				l.report(mistake(where, "Function without a URL", "function.%s has no URL: set public = true in it.", ref.Name))
			}
		}
	}
}

func (l *loader) checkAccess(block functionBlock, t Target) {
	var labels []string
	for _, b := range t.Buckets {
		labels = append(labels, b.Label)
	}
	for _, free := range block.Access {
		for name, a := range free.Attributes {
			l.oneOf(name, labels, "bucket", a.NameRange)
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.Type().FriendlyName() == "string" && v.IsKnown() && !v.IsNull() {
				l.oneOf(v.AsString(), accessModes, "access", a.Expr.Range())
				continue
			}
			l.report(mistake(a.Expr.Range(), "Not an access", "Write one of: %s.", strings.Join(accessModes, ", ")))
		}
	}
}

func (l *loader) packageFolder(path string, where hcl.Range) {
	if path == "" || !l.folderExists(path) {
		l.report(mistake(where, "No such folder", "%q is no folder of this repository. Packages are named from the folder that has %s/.", path, Folder))
	}
}

func (l *loader) label(kind, name string, where hcl.Range) {
	if !labelPattern.MatchString(name) {
		l.report(mistake(where, "Not a name", "%q cannot name the %s: lower-case letters, digits and single hyphens, starting with a letter.", name, kind))
	}
}

func (l *loader) oneOf(got string, allowed []string, what string, where hcl.Range) {
	if !slices.Contains(allowed, got) {
		l.report(mistake(where, "Unknown "+what, "%q is none%s Allowed: %s.", got, didYouMean(got, allowed), listOr(allowed, "nothing")))
	}
}

func (l *loader) between(got, low, high int, unit string, where hcl.Range) {
	if got < low || got > high {
		l.report(mistake(where, "Out of range", "%d is not between %d and %d %s.", got, low, high, unit))
	}
}

// bucketName checks the rules of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func (l *loader) bucketName(name string, where hcl.Range) {
	refuse := func(why string) {
		l.report(mistake(where, "Not a bucket name", "%q (%d characters) cannot name a bucket: %s.", name, len(name), why))
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
