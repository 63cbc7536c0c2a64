// Package environment is the typed model of what is deployed where: it reads the
// environment files, layers them, resolves the references between their parts,
// and reports every mistake with the place where it was made.
//
// It must not know how a component is built, rendered, deployed or verified: the
// other rooms read the [Target] values that it makes.
package environment

import "slices"

// Environment is one environment, such as qa, with a target for each region.
type Environment struct {
	Name    string
	Targets []Target // in the order of the file's regions
}

// Target is an environment in one region: all that is rendered, deployed and
// verified together, with one root module and one state. Every value in it is
// final: layered, interpolated and checked.
type Target struct {
	Project             string
	Environment         string
	AccountID           string
	Region              string
	Partition           string  // aws, aws-cn or aws-us-gov
	LockDown            bool    // it is locked down from its first apply on
	Protected           bool    // destroying it needs the environment's name typed
	Branch              string  // a push to it deploys here; empty when only a person does
	Release             Release // which part of the version a deployment raises
	StateBucket         string
	Tags                map[string]string
	PermissionsBoundary string // ARN of the policy that limits every role; empty for none
	Artifacts           string // the label of the bucket that packages are uploaded to
	Buckets             []Bucket
	Layers              []Layer
	Secrets             []Secret
	Parameters          []Parameter
	Functions           []Function
	Distributions       []Distribution
	Deployers           []Deployer
	Acceptance          []Acceptance
	Waivers             []Waiver
	Version             Version // what is deployed; no file says it
}

// Version is what is deployed, as far as whoever deploys has said it.
type Version struct {
	Release string // for example v0.2.15
	Commit  string
}

// Key names the target in messages and paths, for example qa/eu-west-2.
func (t Target) Key() string { return t.Environment + "/" + t.Region }

// Release says which part of a version a deployment raises. The names are those
// of the pipelines: v0.2.15 becomes v0.2.16 by a minor release and v0.3.0 by a
// major one.
type Release string

// The parts of a version that a release raises.
const (
	NoRelease    Release = ""
	MinorRelease Release = "minor"
	MajorRelease Release = "major"
)

// Bucket is an S3 bucket.
type Bucket struct {
	Label              string
	Name               string
	ARN                string
	ExpireAfterDays    int  // 0: objects stay
	Versioned          bool // keep what is overwritten or deleted
	DeleteWithContents bool // a destroy may empty it
	CORS               *CORS
}

// CORS lets browsers of these origins use a bucket or a function directly.
type CORS struct {
	AllowedOrigins []string
	AllowedMethods []string
	AllowedHeaders []string
	MaxAgeSeconds  int
}

// Layer is a package of libraries that functions share.
type Layer struct {
	Label    string
	Name     string
	Package  string   // folder, relative to the repository, with slashes
	Runtimes []string // of the functions that may use it; sorted
}

// Function is a Lambda function with its role, package, log group and URL.
type Function struct {
	Label               string
	Name                string
	ARN                 string
	RoleName            string
	RoleARN             string
	LogGroup            string
	Description         string
	Package             string // folder, relative to the repository, with slashes
	Runtime             string
	Handler             string
	Architecture        string // arm64 or x86_64
	MemoryMB            int
	TimeoutS            int
	EphemeralStorageMB  int
	ReservedConcurrency *int // nil: shares the account's
	LogRetentionDays    int
	Tracing             bool // sends traces to X-Ray
	SnapStart           bool // published versions start from a snapshot, behind an alias
	Public              bool // has a URL that needs no AWS credentials
	CORS                *CORS
	Health              string   // path that answers {"status":"ok"}; empty when there is none
	Layers              []string // labels, in the order in which they are laid over each other
	Settings            []Setting
	Access              []Access
	Secrets             []string // labels of those that it may read, sorted
	Parameters          []string // labels of those that it may read, sorted
}

// Alias is what the version that answers is called, when the function has
// versions; else it is empty.
func (f Function) Alias() string {
	if f.SnapStart {
		return "live"
	}
	return ""
}

// Setting is one environment variable.
type Setting struct {
	Name  string
	Value Value
}

// Access lets a function use a bucket.
type Access struct {
	Bucket string // label
	Mode   AccessMode
}

// AccessMode says what an [Access] allows.
type AccessMode string

// What a function may do with a bucket's objects.
const (
	ReadOnly  AccessMode = "read-only"  // get and list
	ReadWrite AccessMode = "read-write" // get, put, delete and list
)

// Secret is a value that is kept in AWS and in no file. Whoever deploys hands it
// over; functions read it by name at run time.
type Secret struct {
	Label              string
	Name               string
	Description        string
	Store              SecretStore
	Version            int // a higher one makes the next apply write the value again
	RecoveryWindowDays int // of Secrets Manager: days until a deleted one is gone; 0 is at once
}

// SecretStore is the service that keeps a secret.
type SecretStore string

// The services that keep secrets.
const (
	ParameterStore SecretStore = "parameter-store" // a SecureString
	SecretsManager SecretStore = "secrets-manager"
)

// Parameter is a value that is known only after an apply and that functions read
// by name at run time, so that they need not wait for it.
type Parameter struct {
	Label       string
	Name        string
	Description string
	Value       Value
}

// Distribution is a CloudFront distribution with a function behind some paths and
// a bucket of static files behind all others.
type Distribution struct {
	Label             string
	Name              string
	API               string   // label of the function; empty for none
	APIPaths          []string // path patterns that go to it
	Static            string   // label of the bucket
	DefaultRootObject string
	DefaultTTLS       int      // seconds that static files are cached which say nothing themselves
	PriceClass        string   // which edge locations serve it
	Domains           []string // its own names, beside the one on cloudfront.net
	CertificateARN    string   // for these names; in us-east-1
	Rewrite           string   // text of the CloudFront function that changes requests; empty for none
	Site              string   // folder of what is published, relative to the repository, with slashes; empty for none
}

// Deployer is who may deploy from GitHub Actions, without a stored key.
type Deployer struct {
	Label          string
	Repository     string // owner/name
	RepositoryIDs  string // owner id/repository id, as newer repositories send them too; may be empty
	CreateProvider bool   // this target's root makes the account's OIDC provider
	PlanRole       string // name of the role that reads
	ApplyRole      string // name of the role that changes
}

// Acceptance is a program that tries a deployed environment as its users would.
type Acceptance struct {
	Label    string
	Package  string // folder of a Go main package, relative to the repository
	Settings []Setting
}

// Waiver says why a rule of a scanner does not count for a component.
type Waiver struct {
	Rule   string // for example aws-s3-enable-bucket-logging
	Kind   string // of the block that it is for, for example bucket
	Name   string // its label; empty for all of the kind
	Reason string
}

// Bucket finds a bucket by its label. The label must exist, as it does in every
// reference of a target that was loaded without a mistake.
func (t Target) Bucket(label string) Bucket {
	return t.Buckets[slices.IndexFunc(t.Buckets, func(b Bucket) bool { return b.Label == label })]
}

// Function finds a function by its label, which must exist.
func (t Target) Function(label string) Function {
	return t.Functions[slices.IndexFunc(t.Functions, func(f Function) bool { return f.Label == label })]
}

// Layer finds a layer by its label, which must exist.
func (t Target) Layer(label string) Layer {
	return t.Layers[slices.IndexFunc(t.Layers, func(y Layer) bool { return y.Label == label })]
}

// Secret finds a secret by its label, which must exist.
func (t Target) Secret(label string) Secret {
	return t.Secrets[slices.IndexFunc(t.Secrets, func(s Secret) bool { return s.Label == label })]
}

// Parameter finds a parameter by its label, which must exist.
func (t Target) Parameter(label string) Parameter {
	return t.Parameters[slices.IndexFunc(t.Parameters, func(p Parameter) bool { return p.Label == label })]
}

// Served tells whether a distribution has the bucket's objects.
func (t Target) Served(bucket string) bool {
	return slices.ContainsFunc(t.Distributions, func(d Distribution) bool { return d.Static == bucket })
}

// Behind tells whether a distribution has the function behind some of its paths.
func (t Target) Behind(function string) bool {
	return slices.ContainsFunc(t.Distributions, func(d Distribution) bool { return d.API == function })
}
