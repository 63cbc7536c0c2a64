package standin

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// provider is the served schema and what it must give back at the end.
type provider struct {
	schema  *schema.Provider
	options Options
	own     Connections // where it shares none
}

func newProvider(options Options) *provider {
	p := &provider{options: options}
	resources := map[string]*schema.Resource{}
	for name, kind := range resourceTypes() {
		resources[name] = kind.resource(name, options.logger())
	}
	p.schema = &schema.Provider{
		Schema:               providerSchema(),
		ResourcesMap:         resources,
		DataSourcesMap:       dataSourceTypes(),
		ConfigureContextFunc: p.configure,
	}
	return p
}

// configure runs once for each walk that Terraform makes over its graph.
func (p *provider) configure(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	settings, diags := readSettings(d, p.options.getenv)
	if diags.HasError() {
		return nil, diags
	}
	settings.dir = p.options.Dir
	cloud, err := newCloud(settings, cmp.Or(p.options.Connections, &p.own))
	if err != nil {
		return nil, diag.FromErr(err)
	}
	if err := cloud.checkRoles(ctx); err != nil {
		return nil, diag.FromErr(err)
	}
	if err := cloud.checkAccount(ctx); err != nil {
		return nil, diag.FromErr(err)
	}
	return cloud, nil
}

// stop gives its own connections back.
func (p *provider) stop() { p.own.Close() }

// providerSchema is the part of the registry provider's configuration that makes
// sense on a local cloud.
func providerSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"access_key":                    optionalString(),
		"allowed_account_ids":           accountIDs("forbidden_account_ids"),
		"assume_role":                   assumeRoleBlock(),
		"assume_role_with_web_identity": webIdentityBlock(),
		"custom_ca_bundle":              optionalString(),
		"default_tags":                  optionalBlock(map[string]*schema.Schema{"tags": stringMap()}),
		"endpoints":                     endpointsBlock(),
		"forbidden_account_ids":         accountIDs("allowed_account_ids"),
		"ignore_tags": optionalBlock(map[string]*schema.Schema{
			"keys":         stringSet(),
			"key_prefixes": stringSet(),
		}),
		"max_retries":                 {Type: schema.TypeInt, Optional: true},
		"profile":                     optionalString(),
		"region":                      optionalString(),
		"s3_use_path_style":           optionalBool(),
		"secret_key":                  optionalString(),
		"skip_credentials_validation": optionalBool(),
		"skip_metadata_api_check":     optionalString(),
		"skip_region_validation":      optionalBool(),
		"skip_requesting_account_id":  optionalBool(),
		"token":                       optionalString(),
	}
}

func accountIDs(conflict string) *schema.Schema {
	return &schema.Schema{
		Type:          schema.TypeSet,
		Elem:          &schema.Schema{Type: schema.TypeString},
		Optional:      true,
		ConflictsWith: []string{conflict},
	}
}

func endpointsBlock() *schema.Schema {
	names := map[string]*schema.Schema{}
	for _, service := range services() {
		for _, name := range service.names {
			names[name] = optionalString()
		}
	}
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: names}}
}
