package standin

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-cty/cty"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// settings is the provider's configuration after the environment was considered.
type settings struct {
	region             string
	account            string // empty until checkAccount has asked for it
	accessKey          string
	secretKey          string
	token              string
	webIdentity        *webIdentity      // stands for the keys, if not nil
	roles              []role            // each assumed from the one before, the first by the keys
	endpoints          map[string]string // by the service's first name
	caBundle           string            // path of a PEM file, or empty
	attempts           int               // for each call, the first included
	pathStyle          bool
	allowedAccounts    []string
	forbiddenAccounts  []string
	skipCallerIdentity bool
	tags               tagRules
	dir                string // where relative paths start
}

// path returns where a file is that the configuration names.
func (s settings) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// service is an AWS service that the stand-in calls.
type service struct {
	names    []string // in the endpoints block: the name and its aliases
	variable string   // the environment variable for its endpoint
}

func (s service) name() string { return s.names[0] }

// services lists every service that the resource types need, with the names and
// variables of
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html and
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints.
func services() []service {
	return []service{
		{[]string{"cloudfront"}, "AWS_ENDPOINT_URL_CLOUDFRONT"},
		{[]string{"cloudwatch"}, "AWS_ENDPOINT_URL_CLOUDWATCH"},
		{[]string{"iam"}, "AWS_ENDPOINT_URL_IAM"},
		{[]string{"lambda"}, "AWS_ENDPOINT_URL_LAMBDA"},
		{[]string{"logs", "cloudwatchlog", "cloudwatchlogs"}, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"},
		{[]string{"s3", "s3api"}, "AWS_ENDPOINT_URL_S3"},
		{[]string{"secretsmanager"}, "AWS_ENDPOINT_URL_SECRETS_MANAGER"},
		{[]string{"ssm"}, "AWS_ENDPOINT_URL_SSM"},
		{[]string{"sts"}, "AWS_ENDPOINT_URL_STS"},
	}
}

// howTo ends every refusal of an endpoint.
const howTo = "The stand-in provider only works against a local cloud. " +
	"Set AWS_ENDPOINT_URL, or the provider's endpoints block, to an address such as https://127.0.0.1:4566, " +
	"or use the registry's hashicorp/aws for real accounts."

// defaultAttempts is far below the registry provider's 25: a local cloud that
// does not answer will not do so in half an hour either.
const defaultAttempts = 5

// readSettings merges the configuration with the environment, in the registry
// provider's order of precedence, and refuses what must not be used.
func readSettings(d *schema.ResourceData, getenv func(string) string) (settings, diag.Diagnostics) {
	first := func(argument string, variables ...string) string {
		if value := d.Get(argument).(string); value != "" {
			return value
		}
		for _, variable := range variables {
			if value := getenv(variable); value != "" {
				return value
			}
		}
		return ""
	}
	s := settings{
		region:            first("region", "AWS_REGION", "AWS_DEFAULT_REGION"),
		accessKey:         first("access_key", "AWS_ACCESS_KEY_ID"),
		secretKey:         first("secret_key", "AWS_SECRET_ACCESS_KEY"),
		caBundle:          first("custom_ca_bundle", "AWS_CA_BUNDLE"),
		attempts:          defaultAttempts,
		pathStyle:         d.Get("s3_use_path_style").(bool),
		allowedAccounts:   stringsOf(d.Get("allowed_account_ids")),
		forbiddenAccounts: stringsOf(d.Get("forbidden_account_ids")),
		skipCallerIdentity: d.Get("skip_credentials_validation").(bool) &&
			d.Get("skip_requesting_account_id").(bool),
		tags: readTagRules(d),
	}
	// A session token belongs to its keys, so both come from the same place.
	if s.token = d.Get("token").(string); s.token == "" && d.Get("access_key").(string) == "" {
		s.token = getenv("AWS_SESSION_TOKEN")
	}
	if retries := d.Get("max_retries").(int); retries > 0 {
		s.attempts = retries
	} else if attempts, err := strconv.Atoi(getenv("AWS_MAX_ATTEMPTS")); err == nil && attempts > 0 {
		s.attempts = attempts
	}

	var diags diag.Diagnostics
	if profile := d.Get("profile").(string); profile != "" {
		diags = append(diags, refusal("profile", "A profile cannot be used",
			"The stand-in provider reads no shared configuration files, whose profiles are for real accounts. "+
				"Remove profile, and set access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."))
	}
	switch {
	case s.region == "":
		diags = append(diags, refusal("region", "Missing AWS region",
			"Set the provider's region argument or the AWS_REGION environment variable."))
	case regionDescription(s.region) == "" && !d.Get("skip_region_validation").(bool):
		diags = append(diags, refusal("region", "Invalid AWS region",
			fmt.Sprintf("invalid AWS Region: %s. Correct it, or set skip_region_validation for a new one.", s.region)))
	}
	var unnamed diag.Diagnostics
	s.roles, s.webIdentity, unnamed = readRoles(d, getenv)
	diags = append(diags, unnamed...)
	if s.webIdentity == nil && (s.accessKey == "" || s.secretKey == "") {
		diags = append(diags, refusal("access_key", "No valid credential sources found",
			"Set access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. "+
				"The stand-in provider looks nowhere else for credentials."))
	}
	var refused diag.Diagnostics
	s.endpoints, refused = readEndpoints(d, getenv)
	return s, append(diags, refused...)
}

// readEndpoints finds the endpoint of every service and refuses those that are
// not on this machine.
func readEndpoints(d *schema.ResourceData, getenv func(string) string) (map[string]string, diag.Diagnostics) {
	configured := map[string]any{}
	for _, block := range d.Get("endpoints").(*schema.Set).List() {
		if block, ok := block.(map[string]any); ok {
			maps.Copy(configured, block)
		}
	}
	endpoints := map[string]string{}
	var missing []string
	var diags diag.Diagnostics
	for _, service := range services() {
		endpoint := ""
		for _, name := range service.names {
			if value, _ := configured[name].(string); value != "" && endpoint == "" {
				endpoint = value
			}
		}
		for _, variable := range []string{service.variable, "AWS_ENDPOINT_URL"} {
			if endpoint == "" {
				endpoint = getenv(variable)
			}
		}
		if endpoint == "" {
			missing = append(missing, service.name())
			continue
		}
		if err := checkLoopback(endpoint); err != nil {
			diags = append(diags, refusal("endpoints", "Endpoint refused",
				fmt.Sprintf("%s for %s: %v. %s", endpointForError(endpoint), service.name(), err, howTo)))
			continue
		}
		endpoints[service.name()] = endpoint
	}
	if len(missing) > 0 {
		diags = append(diags, refusal("endpoints", "No endpoint",
			fmt.Sprintf("There is no endpoint for %s. %s", strings.Join(missing, ", "), howTo)))
	}
	return endpoints, diags
}

// endpointForError leaves out what may be a password.
func endpointForError(endpoint string) string {
	if parsed, err := url.Parse(endpoint); err == nil {
		return parsed.Redacted()
	}
	return "the endpoint"
}

// checkLoopback says why an endpoint is not on this machine.
func checkLoopback(endpoint string) error {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("it is not a URL")
	}
	if !slices.Contains([]string{"http", "https"}, parsed.Scheme) {
		return fmt.Errorf("it does not start with http:// or https://")
	}
	host := parsed.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("its host %q is not a loopback address", host)
	}
	return nil
}

func refusal(argument, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity:      diag.Error,
		Summary:       summary,
		Detail:        detail,
		AttributePath: cty.GetAttrPath(argument),
	}
}
