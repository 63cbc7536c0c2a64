package environment

import (
	"github.com/hashicorp/hcl/v2"
)

// The blocks as they are written, with gohcl's tags. Pointers tell what was left out.

type targetBlock struct {
	Body                hcl.Body            `hcl:",body"`
	AccountID           string              `hcl:"account_id"`
	Regions             []string            `hcl:"regions"`
	LockDown            *bool               `hcl:"lock_down"`
	Protected           *bool               `hcl:"protected"`
	Branch              *string             `hcl:"branch"`
	Release             *string             `hcl:"release"`
	StateBucket         *string             `hcl:"state_bucket"`
	PermissionsBoundary *string             `hcl:"permissions_boundary"`
	Artifacts           hcl.Expression      `hcl:"artifacts"`
	Tags                []freeBlock         `hcl:"tags,block"`
	Buckets             []bucketBlock       `hcl:"bucket,block"`
	Layers              []layerBlock        `hcl:"layer,block"`
	Secrets             []secretBlock       `hcl:"secret,block"`
	Parameters          []parameterBlock    `hcl:"parameter,block"`
	Functions           []functionBlock     `hcl:"function,block"`
	Distributions       []distributionBlock `hcl:"distribution,block"`
	Deployers           []deployerBlock     `hcl:"deployer,block"`
	Acceptance          []acceptanceBlock   `hcl:"acceptance,block"`
	Waivers             []waiverBlock       `hcl:"waiver,block"`
}

// freeBlock is a block whose attribute names are the user's: tags, variables.
type freeBlock struct {
	Attributes hcl.Attributes `hcl:",remain"`
	Range      hcl.Range      `hcl:",def_range"`
}

type bucketBlock struct {
	Label              string        `hcl:"label,label"`
	LabelRange         hcl.Range     `hcl:"label,label_range"`
	Body               hcl.Body      `hcl:",body"`
	Name               *string       `hcl:"name"`
	ExpireAfterDays    *int          `hcl:"expire_after_days"`
	Versioned          *bool         `hcl:"versioned"`
	DeleteWithContents *bool         `hcl:"delete_with_contents"`
	CORS               []corsBlock   `hcl:"cors,block"`
	Waivers            []waiverBlock `hcl:"waiver,block"`
}

type corsBlock struct {
	Body           hcl.Body  `hcl:",body"`
	AllowedOrigins []string  `hcl:"allowed_origins"`
	AllowedMethods *[]string `hcl:"allowed_methods"`
	AllowedHeaders *[]string `hcl:"allowed_headers"`
	MaxAgeSeconds  *int      `hcl:"max_age_s"`
}

type layerBlock struct {
	Label      string        `hcl:"label,label"`
	LabelRange hcl.Range     `hcl:"label,label_range"`
	Body       hcl.Body      `hcl:",body"`
	Package    string        `hcl:"package"`
	Runtimes   []string      `hcl:"runtimes"`
	Waivers    []waiverBlock `hcl:"waiver,block"`
}

type secretBlock struct {
	Label              string        `hcl:"label,label"`
	LabelRange         hcl.Range     `hcl:"label,label_range"`
	Body               hcl.Body      `hcl:",body"`
	Name               *string       `hcl:"name"`
	Description        *string       `hcl:"description"`
	Store              *string       `hcl:"store"`
	Version            *int          `hcl:"version"`
	RecoveryWindowDays *int          `hcl:"recovery_window_days"`
	Waivers            []waiverBlock `hcl:"waiver,block"`
}

type parameterBlock struct {
	Label       string         `hcl:"label,label"`
	LabelRange  hcl.Range      `hcl:"label,label_range"`
	Body        hcl.Body       `hcl:",body"`
	Name        *string        `hcl:"name"`
	Description *string        `hcl:"description"`
	Value       hcl.Expression `hcl:"value"`
	Waivers     []waiverBlock  `hcl:"waiver,block"`
}

type functionBlock struct {
	Label               string         `hcl:"label,label"`
	LabelRange          hcl.Range      `hcl:"label,label_range"`
	Body                hcl.Body       `hcl:",body"`
	Description         *string        `hcl:"description"`
	Package             string         `hcl:"package"`
	Runtime             *string        `hcl:"runtime"`
	Handler             *string        `hcl:"handler"`
	Architecture        *string        `hcl:"architecture"`
	MemoryMB            *int           `hcl:"memory_mb"`
	TimeoutS            *int           `hcl:"timeout_s"`
	EphemeralStorageMB  *int           `hcl:"ephemeral_storage_mb"`
	ReservedConcurrency *int           `hcl:"reserved_concurrency"`
	LogRetentionDays    *int           `hcl:"log_retention_days"`
	Tracing             *bool          `hcl:"tracing"`
	SnapStart           *bool          `hcl:"snap_start"`
	Public              *bool          `hcl:"public"`
	Health              *string        `hcl:"health"`
	Layers              hcl.Expression `hcl:"layers,optional"`
	CORS                []corsBlock    `hcl:"cors,block"`
	Environment         []freeBlock    `hcl:"environment,block"`
	Access              []freeBlock    `hcl:"access,block"`
	Secrets             []freeBlock    `hcl:"secrets,block"`
	Parameters          []freeBlock    `hcl:"parameters,block"`
	Waivers             []waiverBlock  `hcl:"waiver,block"`
}

type distributionBlock struct {
	Label             string         `hcl:"label,label"`
	LabelRange        hcl.Range      `hcl:"label,label_range"`
	Body              hcl.Body       `hcl:",body"`
	API               hcl.Expression `hcl:"api,optional"`
	APIPaths          *[]string      `hcl:"api_paths"`
	Static            hcl.Expression `hcl:"static"`
	DefaultRootObject *string        `hcl:"default_root_object"`
	DefaultTTLS       *int           `hcl:"default_ttl_s"`
	PriceClass        *string        `hcl:"price_class"`
	Domains           *[]string      `hcl:"domains"`
	CertificateARN    *string        `hcl:"certificate_arn"`
	Rewrite           *string        `hcl:"rewrite"`
	Site              *string        `hcl:"site"`
	Waivers           []waiverBlock  `hcl:"waiver,block"`
}

type deployerBlock struct {
	Label         string        `hcl:"label,label"`
	LabelRange    hcl.Range     `hcl:"label,label_range"`
	Body          hcl.Body      `hcl:",body"`
	Repository    string        `hcl:"repository"`
	RepositoryIDs *string       `hcl:"repository_ids"`
	OIDCProvider  *string       `hcl:"oidc_provider"`
	Waivers       []waiverBlock `hcl:"waiver,block"`
}

type acceptanceBlock struct {
	Label       string      `hcl:"label,label"`
	LabelRange  hcl.Range   `hcl:"label,label_range"`
	Body        hcl.Body    `hcl:",body"`
	Package     string      `hcl:"package"`
	Environment []freeBlock `hcl:"environment,block"`
}

type waiverBlock struct {
	Rule      string    `hcl:"rule,label"`
	RuleRange hcl.Range `hcl:"rule,label_range"`
	Body      hcl.Body  `hcl:",body"`
	Reason    string    `hcl:"reason"`
}
