package environment

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// The blocks as they are written, for gohcl. Pointers tell what was left out.

type targetBlock struct {
	Body        hcl.Body          `hcl:",body"`
	AccountID   string            `hcl:"account_id"`
	Regions     []string          `hcl:"regions"`
	Protected   *bool             `hcl:"protected"`
	StateBucket *string           `hcl:"state_bucket"`
	Artifacts   hcl.Expression    `hcl:"artifacts"`
	Tags        []freeBlock       `hcl:"tags,block"`
	Buckets     []bucketBlock     `hcl:"bucket,block"`
	Functions   []functionBlock   `hcl:"function,block"`
	Acceptance  []acceptanceBlock `hcl:"acceptance,block"`
}

// freeBlock is a block whose attribute names are the user's: tags, variables.
type freeBlock struct {
	Attributes hcl.Attributes `hcl:",remain"`
	Range      hcl.Range      `hcl:",def_range"`
}

type bucketBlock struct {
	Label              string      `hcl:"label,label"`
	LabelRange         hcl.Range   `hcl:"label,label_range"`
	Body               hcl.Body    `hcl:",body"`
	Name               *string     `hcl:"name"`
	ExpireAfterDays    *int        `hcl:"expire_after_days"`
	Versioned          *bool       `hcl:"versioned"`
	DeleteWithContents *bool       `hcl:"delete_with_contents"`
	CORS               []corsBlock `hcl:"cors,block"`
}

type corsBlock struct {
	Body           hcl.Body  `hcl:",body"`
	AllowedOrigins []string  `hcl:"allowed_origins"`
	AllowedMethods *[]string `hcl:"allowed_methods"`
	MaxAgeSeconds  *int      `hcl:"max_age_s"`
}

type functionBlock struct {
	Label            string      `hcl:"label,label"`
	LabelRange       hcl.Range   `hcl:"label,label_range"`
	Body             hcl.Body    `hcl:",body"`
	Description      *string     `hcl:"description"`
	Package          string      `hcl:"package"`
	Runtime          *string     `hcl:"runtime"`
	Handler          *string     `hcl:"handler"`
	Architecture     *string     `hcl:"architecture"`
	MemoryMB         *int        `hcl:"memory_mb"`
	TimeoutS         *int        `hcl:"timeout_s"`
	LogRetentionDays *int        `hcl:"log_retention_days"`
	Public           *bool       `hcl:"public"`
	Health           *string     `hcl:"health"`
	Environment      []freeBlock `hcl:"environment,block"`
	Access           []freeBlock `hcl:"access,block"`
}

type acceptanceBlock struct {
	Label       string      `hcl:"label,label"`
	LabelRange  hcl.Range   `hcl:"label,label_range"`
	Body        hcl.Body    `hcl:",body"`
	Package     string      `hcl:"package"`
	Environment []freeBlock `hcl:"environment,block"`
}

// regions evaluates the one attribute that says how many targets there are.
func (l *loader) regions(body *hclsyntax.Body) []string {
	attr, given := body.Attributes["regions"]
	if !given {
		l.report(mistake(body.EndRange, "Missing required argument", "Say where this environment runs: regions = [\"eu-west-2\"]."))
		return nil
	}
	var regions []string
	diags := gohcl.DecodeExpression(attr.Expr, &hcl.EvalContext{}, &regions)
	l.report(diags...)
	if !diags.HasErrors() && len(regions) == 0 {
		l.report(mistake(attr.Expr.Range(), "No region", "Name at least one, for example eu-west-2."))
	}
	for i, r := range regions {
		if slices.Contains(regions[:i], r) {
			l.report(mistake(attr.Expr.Range(), "Region named twice", "%q is named twice.", r))
		}
	}
	return regions
}

// target evaluates the layered body for one region.
func (l *loader) target(body *hclsyntax.Body, project, environment labelled, region string) Target {
	account := accountID(body)
	s := fixedScope(project.value, environment.value, account, region)
	t := Target{
		Project: project.value, Environment: environment.value, AccountID: account, Region: region,
		Partition: partitionOf(region), Tags: map[string]string{},
		StateBucket: fmt.Sprintf("%s--%s-%s-state--%s", account, project.value, environment.value, region),
	}
	l.addComponents(s, body, t)
	l.checkReferences(body, s)

	var b targetBlock
	l.reportEvaluation(gohcl.DecodeBody(body, s.evalContext(), &b))
	set(&t.Protected, b.Protected)
	set(&t.StateBucket, b.StateBucket)
	for _, a := range l.attributes(b.Tags) {
		v := l.value(a.Expr, s)
		if len(v.Refs()) > 0 {
			l.report(mistake(a.Expr.Range(), "Known only after an apply", "A tag's value must be known before."))
		}
		t.Tags[a.Name] = v.String()
	}
	for _, block := range b.Buckets {
		t.Buckets = append(t.Buckets, bucketOf(block, s))
	}
	for _, block := range b.Functions {
		t.Functions = append(t.Functions, l.functionOf(block, t, s))
	}
	for _, block := range b.Acceptance {
		t.Acceptance = append(t.Acceptance, Acceptance{
			Label: block.Label, Package: block.Package, Settings: l.settings(block.Environment, s),
		})
	}
	t.Artifacts = l.artifacts(body, t)
	l.checkTarget(b, t, project, environment)
	l.checkCycles(t.Functions)
	return t
}

// accountID evaluates the account first: names are made of it. One that is missing
// or wrong is reported when the whole body is decoded; until then twelve zeros
// stand for it, so that it does not spoil every name.
func accountID(body *hclsyntax.Body) string {
	account := ""
	if attr, given := body.Attributes["account_id"]; given {
		if gohcl.DecodeExpression(attr.Expr, &hcl.EvalContext{}, &account).HasErrors() {
			account = ""
		}
	}
	if !accountPattern.MatchString(account) {
		return strings.Repeat("0", 12)
	}
	return account
}

// addComponents puts every component that the body names into the scope, with the
// attributes that others may refer to.
func (l *loader) addComponents(s scope, body *hclsyntax.Body, t Target) {
	buckets, functions := map[string]cty.Value{}, map[string]cty.Value{}
	for _, block := range body.Blocks {
		if len(block.Labels) != 1 {
			continue // gohcl reports it
		}
		label := block.Labels[0]
		switch block.Type {
		case "bucket":
			name := fmt.Sprintf("%s--%s-%s-%s--%s", t.AccountID, t.Project, t.Environment, label, t.Region)
			if attr, given := block.Body.Attributes["name"]; given {
				var own string
				if !gohcl.DecodeExpression(attr.Expr, s.evalContext(), &own).HasErrors() {
					name = own
				}
			}
			buckets[label] = cty.ObjectVal(map[string]cty.Value{
				"name": cty.StringVal(name),
				"arn":  cty.StringVal("arn:" + t.Partition + ":s3:::" + name),
			})
		case "function":
			name := fmt.Sprintf("%s-%s-%s", t.Project, t.Environment, label)
			attributes := map[string]cty.Value{
				"name": cty.StringVal(name),
				"arn":  cty.StringVal(fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", t.Partition, t.Region, t.AccountID, name)),
				"url":  cty.UnknownVal(cty.String),
			}
			functions[label] = cty.ObjectVal(attributes)
		}
	}
	s.named("bucket", buckets)
	s.named("function", functions)
}

func bucketOf(b bucketBlock, s scope) Bucket {
	attributes := s["bucket"].GetAttr(b.Label)
	bucket := Bucket{
		Label: b.Label,
		Name:  attributes.GetAttr("name").AsString(),
		ARN:   attributes.GetAttr("arn").AsString(),
	}
	set(&bucket.ExpireAfterDays, b.ExpireAfterDays)
	set(&bucket.Versioned, b.Versioned)
	set(&bucket.DeleteWithContents, b.DeleteWithContents)
	if len(b.CORS) == 1 {
		cors := CORS{AllowedOrigins: b.CORS[0].AllowedOrigins, AllowedMethods: []string{"GET", "PUT"}, MaxAgeSeconds: 3600}
		set(&cors.AllowedMethods, b.CORS[0].AllowedMethods)
		set(&cors.MaxAgeSeconds, b.CORS[0].MaxAgeSeconds)
		bucket.CORS = &cors
	}
	return bucket
}

func (l *loader) functionOf(b functionBlock, t Target, s scope) Function {
	attributes := s["function"].GetAttr(b.Label)
	name := attributes.GetAttr("name").AsString()
	// Roles are global in an account, functions are not: the region keeps the roles
	// of an environment's regions apart.
	role := name + "-" + t.Region
	f := Function{
		Label: b.Label, Name: name, ARN: attributes.GetAttr("arn").AsString(),
		RoleName: role, RoleARN: fmt.Sprintf("arn:%s:iam::%s:role/%s", t.Partition, t.AccountID, role),
		LogGroup:    "/aws/lambda/" + name,
		Description: fmt.Sprintf("%s %s, %s", t.Project, b.Label, t.Environment),
		Package:     b.Package, Runtime: "provided.al2023", Handler: "bootstrap", Architecture: "arm64",
		MemoryMB: 128, TimeoutS: 3, LogRetentionDays: 30,
	}
	set(&f.Description, b.Description)
	set(&f.Runtime, b.Runtime)
	set(&f.Handler, b.Handler)
	set(&f.Architecture, b.Architecture)
	set(&f.MemoryMB, b.MemoryMB)
	set(&f.TimeoutS, b.TimeoutS)
	set(&f.LogRetentionDays, b.LogRetentionDays)
	set(&f.Public, b.Public)
	set(&f.Health, b.Health)
	f.Settings = l.settings(b.Environment, s)
	for _, a := range l.attributes(b.Access) {
		f.Access = append(f.Access, Access{Bucket: a.Name, Mode: AccessMode(l.value(a.Expr, s).String())})
	}
	return f
}

func (l *loader) settings(blocks []freeBlock, s scope) []Setting {
	var settings []Setting
	for _, a := range l.attributes(blocks) {
		settings = append(settings, Setting{Name: a.Name, Value: l.value(a.Expr, s)})
	}
	return settings
}

// attributes lists the attributes of an optional free block, sorted by name.
func (l *loader) attributes(blocks []freeBlock) []*hcl.Attribute {
	var all []*hcl.Attribute
	for i, b := range blocks {
		if i > 0 {
			l.report(mistake(b.Range, "Written twice", "One such block is enough: put all attributes into it."))
		}
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			all = append(all, b.Attributes[name])
		}
	}
	return all
}

// artifacts reads the typed reference artifacts = bucket.NAME.
func (l *loader) artifacts(body *hclsyntax.Body, t Target) string {
	attr, given := body.Attributes["artifacts"]
	if !given {
		return ""
	}
	traversal, diags := hcl.AbsTraversalForExpr(attr.Expr)
	if !diags.HasErrors() && len(traversal) == 2 && traversal.RootName() == "bucket" {
		if step, isAttr := traversal[1].(hcl.TraverseAttr); isAttr {
			if slices.ContainsFunc(t.Buckets, func(b Bucket) bool { return b.Label == step.Name }) {
				return step.Name
			}
			return "" // checkReferences reports it
		}
	}
	l.report(mistake(attr.Expr.Range(), "Bucket expected", "Name the bucket that packages are uploaded to: artifacts = bucket.NAME."))
	return ""
}

// folderExists tells whether path, which has slashes, is a folder of the repository.
func (l *loader) folderExists(path string) bool {
	if !filepath.IsLocal(filepath.FromSlash(path)) || strings.Contains(path, "\\") {
		return false
	}
	info, err := os.Stat(filepath.Join(l.root, filepath.FromSlash(path)))
	return err == nil && info.IsDir()
}

// set replaces a default by what was written, if anything was.
func set[T any](field, written *T) {
	if written != nil {
		*field = *written
	}
}
