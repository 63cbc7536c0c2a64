package environment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

func bucketOf(b bucketBlock, s scope) Bucket {
	attributes := s["bucket"].GetAttr(b.Label)
	bucket := Bucket{
		Label: b.Label,
		Name:  attributes.GetAttr("name").AsString(),
		ARN:   attributes.GetAttr("arn").AsString(),
		CORS:  corsOf(b.CORS, []string{"GET", "PUT"}),
	}
	set(&bucket.ExpireAfterDays, b.ExpireAfterDays)
	set(&bucket.Versioned, b.Versioned)
	set(&bucket.DeleteWithContents, b.DeleteWithContents)
	return bucket
}

// corsOf reads a cors block; methods are what it allows when it does not say.
func corsOf(blocks []corsBlock, methods []string) *CORS {
	if len(blocks) == 0 {
		return nil
	}
	b := blocks[0]
	cors := CORS{AllowedOrigins: b.AllowedOrigins, AllowedMethods: methods, AllowedHeaders: []string{"*"}, MaxAgeSeconds: 3600}
	set(&cors.AllowedMethods, b.AllowedMethods)
	set(&cors.AllowedHeaders, b.AllowedHeaders)
	set(&cors.MaxAgeSeconds, b.MaxAgeSeconds)
	return &cors
}

func layerOf(b layerBlock, s scope) Layer {
	return Layer{
		Label:    b.Label,
		Name:     s["layer"].GetAttr(b.Label).GetAttr("name").AsString(),
		Package:  b.Package,
		Runtimes: slices.Sorted(slices.Values(b.Runtimes)),
	}
}

func secretOf(b secretBlock, s scope) Secret {
	secret := Secret{
		Label:       b.Label,
		Name:        s["secret"].GetAttr(b.Label).GetAttr("name").AsString(),
		Description: "Read by functions at run time.",
		Store:       ParameterStore,
		Version:     1,
	}
	set(&secret.Description, b.Description)
	if b.Store != nil {
		secret.Store = SecretStore(*b.Store)
	}
	set(&secret.Version, b.Version)
	set(&secret.RecoveryWindowDays, b.RecoveryWindowDays)
	return secret
}

func (l *loader) parameterOf(b parameterBlock, s scope) Parameter {
	p := Parameter{
		Label:       b.Label,
		Name:        s["parameter"].GetAttr(b.Label).GetAttr("name").AsString(),
		Description: "Read by functions at run time.",
	}
	if b.Value != nil {
		p.Value = l.value(b.Value, s)
	}
	set(&p.Description, b.Description)
	return p
}

func (l *loader) functionOf(b functionBlock, t Target, s scope) Function {
	attributes := s["function"].GetAttr(b.Label)
	name := attributes.GetAttr("name").AsString()
	// Roles are global in an account, functions are not: the region keeps the roles
	// of an environment's regions apart.
	role := name + "-" + t.Region
	f := Function{
		Label: b.Label, Name: name, ARN: attributes.GetAttr("arn").AsString(),
		RoleName: role, RoleARN: t.roleARN(role),
		LogGroup:    "/aws/lambda/" + name,
		Description: fmt.Sprintf("%s %s, %s", t.Project, b.Label, t.Environment),
		Package:     b.Package, Runtime: "provided.al2023", Handler: "bootstrap", Architecture: "arm64",
		MemoryMB: 128, TimeoutS: 3, EphemeralStorageMB: 512, LogRetentionDays: 30,
		ReservedConcurrency: b.ReservedConcurrency,
		CORS:                corsOf(b.CORS, []string{"GET", "POST"}),
	}
	set(&f.Description, b.Description)
	set(&f.Runtime, b.Runtime)
	set(&f.Handler, b.Handler)
	set(&f.Architecture, b.Architecture)
	set(&f.MemoryMB, b.MemoryMB)
	set(&f.TimeoutS, b.TimeoutS)
	set(&f.EphemeralStorageMB, b.EphemeralStorageMB)
	set(&f.LogRetentionDays, b.LogRetentionDays)
	set(&f.Tracing, b.Tracing)
	set(&f.SnapStart, b.SnapStart)
	set(&f.Public, b.Public)
	set(&f.Health, b.Health)
	if written(b.Body, "layers") {
		f.Layers = l.components(b.Layers, "layer", s, "List the layers: layers = [layer.NAME].")
	}
	secrets, parameters := []Setting(nil), []Setting(nil)
	f.Settings = l.settings(b.Environment, s)
	secrets, f.Secrets = l.named(b.Secrets, "secret", s)
	parameters, f.Parameters = l.named(b.Parameters, "parameter", s)
	f.Settings = append(append(f.Settings, secrets...), parameters...)
	for _, a := range l.attributes(b.Access) {
		f.Access = append(f.Access, Access{Bucket: a.Name, Mode: AccessMode(l.value(a.Expr, s).String())})
	}
	return f
}

func (t Target) roleARN(name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", t.Partition, t.AccountID, name)
}

func (l *loader) distributionOf(b distributionBlock, t Target, s scope) Distribution {
	d := Distribution{
		Label: b.Label,
		// The names of its policies are global in an account.
		Name:              t.nameOf(b.Label) + "-" + t.Region,
		APIPaths:          []string{"/api/*"},
		DefaultRootObject: "index.html",
		DefaultTTLS:       300,
		PriceClass:        "PriceClass_100",
	}
	if written(b.Body, "api") {
		d.API, _ = l.component(b.API, "function", s, "Name the function behind it: api = function.NAME.")
	}
	if written(b.Body, "static") {
		d.Static, _ = l.component(b.Static, "bucket", s, "Name the bucket of static files: static = bucket.NAME.")
	}
	set(&d.APIPaths, b.APIPaths)
	if d.API == "" {
		d.APIPaths = nil
	}
	set(&d.DefaultRootObject, b.DefaultRootObject)
	set(&d.DefaultTTLS, b.DefaultTTLS)
	set(&d.PriceClass, b.PriceClass)
	set(&d.Domains, b.Domains)
	set(&d.CertificateARN, b.CertificateARN)
	set(&d.Site, b.Site)
	if b.Rewrite != nil {
		d.Rewrite = l.text(*b.Rewrite, at(b.Body, "rewrite", b.LabelRange))
	}
	return d
}

func deployerOf(b deployerBlock, t Target) Deployer {
	d := Deployer{
		Label: b.Label, Repository: b.Repository,
		CreateProvider: b.OIDCProvider == nil || *b.OIDCProvider == createProvider,
		PlanRole:       t.nameOf(b.Label) + "-plan-" + t.Region,
		ApplyRole:      t.nameOf(b.Label) + "-apply-" + t.Region,
	}
	set(&d.RepositoryIDs, b.RepositoryIDs)
	return d
}

// What oidc_provider takes: the account's one provider for GitHub is made here, or
// stands already.
const (
	createProvider   = "create"
	existingProvider = "existing"
)

func waivers(blocks []waiverBlock, kind, label string) []Waiver {
	var all []Waiver
	for _, b := range blocks {
		all = append(all, Waiver{Rule: b.Rule, Kind: kind, Name: label, Reason: b.Reason})
	}
	return all
}

// maxFile is the size in bytes of the largest file that the model takes the text
// of: that of a CloudFront function
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const maxFile = 10 << 10

// text reads a file of the repository.
func (l *loader) text(path string, where hcl.Range) string {
	refuse := func(why string) string {
		l.report(mistake(where, "No such file", "%q is no file of this repository%s. Files are named from the folder that has %s/.", path, why, Folder))
		return ""
	}
	if !isLocal(path) {
		return refuse("")
	}
	file := filepath.Join(l.root, filepath.FromSlash(path))
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return refuse("")
	}
	if info.Size() > maxFile {
		l.report(mistake(where, "File too large", "%s has %d bytes; CloudFront takes %d.", path, info.Size(), maxFile))
		return ""
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return refuse(" that can be read: " + err.Error())
	}
	return string(content)
}
