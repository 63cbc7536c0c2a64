package standin

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// role is a role that the provider's configuration has it assume.
type role struct {
	arn            string
	session        string        // empty: the SDK chooses a name
	duration       time.Duration // 0: as long as is usual
	externalID     string
	policy         string
	policyARNs     []string
	sourceIdentity string
	tags           map[string]string
	transitiveTags []string
}

// webIdentity is the role that a token of an OpenID Connect provider stands for.
type webIdentity struct {
	role
	token     string
	tokenFile string // where a token is read that is not given itself
}

// assumeRoleBlock may stand there several times since 5.68: the roles are assumed one
// from another (hashicorp/terraform-provider-aws#22728).
func assumeRoleBlock() *schema.Schema {
	attributes := sessionAttributes()
	maps.Copy(attributes, map[string]*schema.Schema{
		"external_id":         checked(optionalString(), validation.StringLenBetween(2, 1224)),
		"source_identity":     sessionName(),
		"tags":                stringMap(),
		"transitive_tag_keys": stringSet(),
	})
	return &schema.Schema{Type: schema.TypeList, Optional: true, Elem: &schema.Resource{Schema: attributes}}
}

func webIdentityBlock() *schema.Schema {
	const prefix = "assume_role_with_web_identity.0."
	token := func() *schema.Schema {
		return exactlyOne(optionalString(), prefix+"web_identity_token", prefix+"web_identity_token_file")
	}
	attributes := sessionAttributes()
	attributes["web_identity_token"] = token()
	attributes["web_identity_token_file"] = token()
	return optionalBlock(attributes)
}

// sessionAttributes are the arguments that both ways to a role have. The role itself
// is not required of a block, because it may come from the environment.
func sessionAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"duration":     checked(optionalString(), sessionDuration),
		"policy":       checked(optionalString(), validation.StringIsJSON),
		"policy_arns":  {Type: schema.TypeSet, Optional: true, Elem: arnOnly(&schema.Schema{Type: schema.TypeString})},
		"role_arn":     arnOnly(optionalString()),
		"session_name": sessionName(),
	}
}

// sessionName has the form that STS wants,
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func sessionName() *schema.Schema {
	return checked(optionalString(), validation.StringMatch(regexp.MustCompile(`^[\w+=,.@-]{2,64}$`),
		"must have 2 to 64 letters, digits or any of _+=,.@-"))
}

// sessionDuration checks a duration against the limits of every role; a role may
// have closer ones.
func sessionDuration(value any, argument string) ([]string, []error) {
	text, _ := value.(string)
	duration, err := time.ParseDuration(text)
	if err != nil || duration < 15*time.Minute || duration > 12*time.Hour {
		return nil, []error{fmt.Errorf("%s must be a duration from 15m to 12h, such as 1h30m, got %q", argument, text)}
	}
	return nil, nil
}

// readRoles merges what the configuration says about roles with the environment. No
// environment variable names a role for assume_role.
func readRoles(d *schema.ResourceData, getenv func(string) string) (roles []role, web *webIdentity, diags diag.Diagnostics) {
	for _, block := range blocks(d.Get("assume_role")) {
		roles = append(roles, sessionOf(block))
	}
	if block, ok := block(d.Get("assume_role_with_web_identity")); ok {
		web = &webIdentity{role: sessionOf(block)}
		web.token, _ = block["web_identity_token"].(string)
		web.tokenFile, _ = block["web_identity_token_file"].(string)
	} else if d.Get("access_key").(string) == "" && getenv("AWS_ACCESS_KEY_ID") == "" && getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" {
		// The variables of a web identity count where no keys are given.
		web = &webIdentity{tokenFile: getenv("AWS_WEB_IDENTITY_TOKEN_FILE")}
	}
	if web != nil {
		if web.arn == "" {
			web.arn = getenv("AWS_ROLE_ARN")
		}
		if web.session == "" {
			web.session = getenv("AWS_ROLE_SESSION_NAME")
		}
		if web.arn == "" {
			diags = append(diags, refusal("assume_role_with_web_identity", "Missing role",
				"Set role_arn, or the AWS_ROLE_ARN environment variable."))
		}
	}
	// The registry provider warns of a block without a role, and passes over it.
	if slices.ContainsFunc(roles, func(r role) bool { return r.arn == "" }) {
		diags = append(diags, refusal("assume_role", "Missing role", "Set role_arn, or remove the block."))
	}
	return roles, web, diags
}

func sessionOf(block map[string]any) role {
	text := func(argument string) string {
		value, _ := block[argument].(string)
		return value
	}
	duration, err := time.ParseDuration(text("duration"))
	if err != nil {
		duration = 0 // it was not given: what is given was checked
	}
	return role{
		arn: text("role_arn"), session: text("session_name"), duration: duration, externalID: text("external_id"),
		policy: text("policy"), policyARNs: stringsOf(block["policy_arns"]), sourceIdentity: text("source_identity"),
		tags: stringsByKey(block["tags"]), transitiveTags: stringsOf(block["transitive_tag_keys"]),
	}
}

// assume adds the roles to the keys of a configuration: each is assumed with the
// credentials of what comes before it. The SDK asks for new ones in time.
func (s settings) assume(config aws.Config) aws.CredentialsProvider {
	client := func(provider aws.CredentialsProvider) *sts.Client {
		config.Credentials = provider
		return sts.NewFromConfig(config, func(o *sts.Options) { o.BaseEndpoint = aws.String(s.endpoints["sts"]) })
	}
	provider := config.Credentials
	if web := s.webIdentity; web != nil {
		// The call carries no signature: the token says who calls.
		provider = aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(
			client(aws.AnonymousCredentials{}), web.arn, web.retriever(s), func(o *stscreds.WebIdentityRoleOptions) {
				o.RoleSessionName, o.Duration = web.session, web.duration
				o.Policy, o.PolicyARNs = nonEmpty(web.policy), policyDescriptors(web.policyARNs)
			}))
	}
	for _, next := range s.roles {
		provider = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client(provider), next.arn, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName, o.Duration = next.session, next.duration
			o.Policy, o.PolicyARNs = nonEmpty(next.policy), policyDescriptors(next.policyARNs)
			o.ExternalID, o.SourceIdentity = nonEmpty(next.externalID), nonEmpty(next.sourceIdentity)
			o.TransitiveTagKeys = next.transitiveTags
			for _, key := range slices.Sorted(maps.Keys(next.tags)) {
				o.Tags = append(o.Tags, types.Tag{Key: aws.String(key), Value: aws.String(next.tags[key])})
			}
		}))
	}
	return provider
}

// keys are the credentials that the configuration starts from.
func (s settings) keys() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(s.accessKey, s.secretKey, s.token)
}

// checkRoles assumes the roles, so that one that cannot be assumed is named.
func (c *cloud) checkRoles(ctx context.Context) error {
	names := make([]string, 0, len(c.settings.roles)+1)
	if web := c.settings.webIdentity; web != nil {
		names = append(names, web.arn)
	}
	for _, r := range c.settings.roles {
		names = append(names, r.arn)
	}
	if len(names) == 0 {
		return nil
	}
	if _, err := c.credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("cannot assume IAM role %s: %w", names[len(names)-1], err)
	}
	return nil
}

func (w webIdentity) retriever(s settings) stscreds.IdentityTokenRetriever {
	if w.token != "" {
		return token(w.token)
	}
	return stscreds.IdentityTokenFile(s.path(w.tokenFile))
}

// token is a token that the configuration itself holds.
type token string

// GetIdentityToken implements [stscreds.IdentityTokenRetriever].
func (t token) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

func policyDescriptors(arns []string) []types.PolicyDescriptorType {
	var descriptors []types.PolicyDescriptorType
	for _, arn := range arns {
		descriptors = append(descriptors, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return descriptors
}
