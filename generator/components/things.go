package components

import (
	"fmt"
	"slices"

	"sendform/generator/environment"
)

// Thing is a sort of thing that a deployment does something with, and the ARNs of all
// of that sort in a target, which may be patterns.
type Thing struct {
	Service   string // of the actions, as they begin
	Sort      string // its statement's Sid is made from it
	Resources []string
}

// Things lists all that a deployment of the target reads or changes, with the
// narrowest ARNs that are known before it stands. CloudFront gives ids of its own to
// what it makes: there the account's are named.
func Things(t environment.Target) []Thing {
	all := slices.Concat(
		stateThings(t), bucketThings(t), roleThings(t), deployerThings(t), logThings(t),
		functionThings(t), valueThings(t), distributionThings(t),
	)
	return slices.DeleteFunc(all, func(thing Thing) bool { return len(thing.Resources) == 0 })
}

func stateThings(t environment.Target) []Thing {
	bucket := "arn:" + t.Partition + ":s3:::" + t.StateBucket
	state := bucket + "/" + t.Key()
	return []Thing{
		{"s3", "state-bucket", []string{bucket}},
		{"s3", "state", []string{state + ".tfstate"}},
		{"s3", "lock", []string{state + ".tfstate.tflock"}},
		{"s3", "mark", []string{state + ".unfinished"}}, // of a run that has not finished; see package lifecycle
		{"s3", "lock-trial", []string{bucket + "/" + LockTrial}},
	}
}

func bucketThings(t environment.Target) []Thing {
	var buckets, packages, probes, contents, sites, tried []string
	for _, b := range t.Buckets {
		buckets = append(buckets, b.ARN)
		probes = append(probes, b.ARN+"/"+ProbePrefix+"*")
		if b.Label == t.Artifacts {
			packages = append(packages, b.ARN+"/packages/*")
		}
		if b.DeleteWithContents {
			contents = append(contents, b.ARN+"/*")
		}
		if t.Served(b.Label) {
			sites = append(sites, b.ARN+"/*")
		}
		if triedByPrograms(b, t) {
			tried = append(tried, b.ARN+"/*")
		}
	}
	return []Thing{
		{"s3", "bucket", buckets},
		{"s3", "package", packages},
		{"s3", "probe", probes},
		{"s3", "contents", contents},
		{"s3", "site", sites}, // what is published; see package site
		{"s3", "acceptance", tried},
	}
}

// triedByPrograms tells whether an acceptance program is told of the bucket.
func triedByPrograms(b environment.Bucket, t environment.Target) bool {
	return slices.ContainsFunc(t.Acceptance, func(a environment.Acceptance) bool {
		return slices.ContainsFunc(a.Settings, func(s environment.Setting) bool { return s.Value.String() == b.Name })
	})
}

func roleThings(t environment.Target) []Thing {
	var roles []string
	for _, f := range t.Functions {
		roles = append(roles, f.RoleARN)
	}
	return []Thing{{"iam", "role", roles}}
}

// deployerThings are looked at by those who deploy, and changed by nobody but the
// account's own people.
func deployerThings(t environment.Target) []Thing {
	iam := fmt.Sprintf("arn:%s:iam::%s:", t.Partition, t.AccountID)
	var roles, policies, providers []string
	for _, d := range t.Deployers {
		roles = append(roles, iam+"role/"+d.PlanRole, iam+"role/"+d.ApplyRole)
		policies = append(policies, iam+"policy/"+d.PlanRole+"-*", iam+"policy/"+d.ApplyRole+"-*")
		if d.CreateProvider {
			providers = append(providers, iam+"oidc-provider/"+Issuer)
		}
	}
	return []Thing{
		{"iam", "deployer-role", roles},
		{"iam", "deployer-policy", policies},
		{"iam", "oidc-provider", providers},
	}
}

func logThings(t environment.Target) []Thing {
	var groups, streams, lists []string
	for _, f := range t.Functions {
		groups = append(groups, logGroupARN(f, t))
		streams = append(streams, logGroupARN(f, t)+":*")
	}
	if len(groups) > 0 {
		// What a list of groups is asked for has no name.
		lists = []string{fmt.Sprintf("arn:%s:logs:%s:%s:log-group::log-stream:*", t.Partition, t.Region, t.AccountID)}
	}
	return []Thing{
		{"logs", "log-groups", lists},
		{"logs", "log-group", groups},
		{"logs", "log-streams", streams}, // most actions on a group are asked for with this ARN
	}
}

func functionThings(t environment.Target) []Thing {
	lambda := fmt.Sprintf("arn:%s:lambda:%s:%s:", t.Partition, t.Region, t.AccountID)
	var functions, versions, layers, layerVersions, lists []string
	for _, f := range t.Functions {
		functions = append(functions, f.ARN)
		versions = append(versions, f.ARN+":*")
	}
	for _, y := range t.Layers {
		layers = append(layers, lambda+"layer:"+y.Name)
		layerVersions = append(layerVersions, lambda+"layer:"+y.Name+":*")
		// A list of versions knows no resource
		// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
		lists = []string{"*"}
	}
	return []Thing{
		{"lambda", "function", functions},
		{"lambda", "function-version", versions},
		{"lambda", "layer", layers},
		{"lambda", "layer-version", layerVersions},
		{"lambda", "layer-versions", lists},
	}
}

func valueThings(t environment.Target) []Thing {
	var plain, secure, secrets, lists []string
	for _, p := range t.Parameters {
		plain = append(plain, parameterARN(p.Name, t))
	}
	for _, s := range t.Secrets {
		if s.Store == environment.SecretsManager {
			secrets = append(secrets, secretARN(s, t))
		} else {
			secure = append(secure, secretARN(s, t))
		}
	}
	if len(plain)+len(secure) > 0 {
		lists = []string{fmt.Sprintf("arn:%s:ssm:%s:%s:*", t.Partition, t.Region, t.AccountID)}
	}
	return []Thing{
		{"ssm", "parameters", lists},
		{"ssm", "parameter", plain},
		{"ssm", "secure-parameter", secure},
		{"secretsmanager", "secret", secrets},
	}
}

func distributionThings(t environment.Target) []Thing {
	if len(t.Distributions) == 0 {
		return nil
	}
	cloudfront := fmt.Sprintf("arn:%s:cloudfront::%s:", t.Partition, t.AccountID)
	var things []Thing
	for _, kind := range []string{"cache-policy", "distribution", "origin-access-control", "origin-request-policy", "response-headers-policy"} {
		things = append(things, Thing{"cloudfront", kind, []string{cloudfront + kind + "/*"}})
	}
	var rewrites, made []string
	for _, d := range t.Distributions {
		if d.Rewrite != "" {
			made = []string{cloudfront + "function/*"} // one that is made has no name to CloudFront yet
			rewrites = append(rewrites, cloudfront+"function/"+d.Name+"-rewrite")
		}
	}
	things = append(
		things,
		Thing{"cloudfront", "rewrites", made},
		Thing{"cloudfront", "rewrite", rewrites},
		// CloudFront's lists know no resource
		// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html).
		Thing{"cloudfront", "distributions", []string{"*"}},
	)
	return things
}
