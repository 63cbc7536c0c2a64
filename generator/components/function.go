package components

import (
	"maps"

	"sendform/generator/environment"
)

// FunctionInputs are the variables of the function module.
type FunctionInputs struct {
	Name                string                       `tf:"name" doc:"Name of the function." check:"can(regex(\"^[A-Za-z0-9_-]{1,64}$\", var.name))" says:"1 to 64 letters, digits, - and _."`
	Description         string                       `tf:"description" doc:"What the function is for."`
	RoleARN             environment.Value            `tf:"role_arn" doc:"ARN of the role that it runs with."`
	PackageBucket       environment.Value            `tf:"package_bucket" doc:"Bucket of the package."`
	PackageKey          environment.Value            `tf:"package_key" doc:"Key of the package."`
	PackageSHA256       environment.Value            `tf:"package_sha256" doc:"SHA-256 of the package, in Base64; a change deploys the code again."`
	Runtime             string                       `tf:"runtime" doc:"Lambda runtime."`
	Handler             string                       `tf:"handler" doc:"Entry point; bootstrap for a custom runtime."`
	Architecture        string                       `tf:"architecture" doc:"arm64 or x86_64." check:"contains([\"arm64\", \"x86_64\"], var.architecture)" says:"Either arm64 or x86_64."`
	MemoryMB            int                          `tf:"memory_mb" doc:"Memory in MB; CPU grows with it." check:"var.memory_mb >= 128 && var.memory_mb <= 10240" says:"128 to 10240 MB."`
	TimeoutS            int                          `tf:"timeout_s" doc:"Seconds until an invocation is ended." check:"var.timeout_s >= 1 && var.timeout_s <= 900" says:"1 to 900 seconds."`
	LogGroup            string                       `tf:"log_group" doc:"Name of its log group."`
	LogRetentionDays    int                          `tf:"log_retention_days" doc:"Days that logs are kept."`
	EphemeralStorageMB  int                          `tf:"ephemeral_storage_mb" doc:"Size of /tmp in MB." check:"var.ephemeral_storage_mb >= 512 && var.ephemeral_storage_mb <= 10240" says:"512 to 10240 MB."`
	ReservedConcurrency *int                         `tf:"reserved_concurrency" doc:"Invocations at a time that are kept for it, and its limit; null shares the account's." check:"var.reserved_concurrency == null || try(var.reserved_concurrency >= 0, false)" says:"0 or more, or null."`
	Tracing             bool                         `tf:"tracing" doc:"Whether it sends traces to X-Ray."`
	SnapStart           bool                         `tf:"snap_start" doc:"Whether published versions start from a snapshot, behind an alias."`
	Alias               string                       `tf:"alias" doc:"Alias of the version that answers; empty without versions."`
	Layers              []environment.Value          `tf:"layers" doc:"ARNs of the versions of its layers, in order." check:"length(var.layers) <= 5" says:"At most 5 layers."`
	URL                 *string                      `tf:"url" doc:"Authorization of its URL, NONE or AWS_IAM; null for no URL." check:"var.url == null || try(contains([\"NONE\", \"AWS_IAM\"], var.url), false)" says:"NONE, AWS_IAM or null."`
	LockDown            Locked                       `tf:"lock_down" doc:"Whether its URL takes signed calls only, whatever url says."`
	Release             FromRoot                     `tf:"release" doc:"Version that is deployed; empty for none. The function's environment and tags have it."`
	Commit              FromRoot                     `tf:"commit" doc:"Commit that it was built from; empty for none. The function's environment and tags have it."`
	CORS                *CORSInputs                  `tf:"cors" doc:"Which browser origins may call the URL; null for none."`
	Environment         map[string]environment.Value `tf:"environment" doc:"Environment variables."`
}

func functionKind() Kind {
	return Kind{
		Name:     FunctionKind,
		About:    "A Lambda function with its log group and, if it is asked for, its alias and its URL.",
		Services: []string{"lambda", "cloudwatch"},
		Inputs:   FunctionInputs{},
		Outputs:  []string{"arn", "name", "url"},
	}
}

func functions(t environment.Target) []Component { return each(t.Functions, t, function) }

func function(f environment.Function, t environment.Target) Component {
	role := Address{IdentityKind, f.Label}
	pkg := Address{ArtifactKind, f.Label}
	needs := []Address{role, pkg}
	for _, a := range f.Access {
		needs = append(needs, Address{StorageKind, a.Bucket})
	}
	variables := map[string]environment.Value{}
	for _, s := range f.Settings {
		variables[s.Name] = s.Value
		needs = append(needs, needsOf(s.Value)...)
	}
	layers := []environment.Value{}
	for _, label := range f.Layers {
		layers = append(layers, environment.Reference(LayerKind, label, "arn"))
		needs = append(needs, Address{LayerKind, label})
	}
	return Component{
		Address: Address{FunctionKind, f.Label},
		Needs:   needs,
		Inputs: FunctionInputs{
			Name: f.Name, Description: f.Description,
			RoleARN:       environment.Reference(role.Kind, role.Name, "arn"),
			PackageBucket: environment.Reference(pkg.Kind, pkg.Name, "bucket"),
			PackageKey:    environment.Reference(pkg.Kind, pkg.Name, "key"),
			PackageSHA256: environment.Reference(pkg.Kind, pkg.Name, "sha256"),
			Runtime:       f.Runtime, Handler: f.Handler, Architecture: f.Architecture,
			MemoryMB: f.MemoryMB, TimeoutS: f.TimeoutS,
			LogGroup: f.LogGroup, LogRetentionDays: f.LogRetentionDays,
			EphemeralStorageMB: f.EphemeralStorageMB, ReservedConcurrency: f.ReservedConcurrency,
			Tracing: f.Tracing, SnapStart: f.SnapStart, Alias: f.Alias(), Layers: layers,
			URL: given(unlocked(f, t)), Release: ReleaseVariable, Commit: CommitVariable, CORS: corsInputs(f.CORS), Environment: variables,
		},
		Resources: func() []Resource {
			return append([]Resource{
				{Type: LogGroupResource, ID: environment.Literal(f.LogGroup), Want: logGroupWanted(f, t)},
				{Type: FunctionResource, ID: environment.Literal(f.Name), Want: functionWanted(f, t)},
			}, addresses(f, t)...)
		},
		Attempts: func() []Attempt { return functionAttempts(f, t) },
	}
}

func logGroupWanted(f environment.Function, t environment.Target) map[string]any {
	return map[string]any{
		"retention_days": f.LogRetentionDays, "tags": tags(t),
		// What nobody asks for must be as CloudWatch Logs makes it.
		"class": "STANDARD", "kms_key": "", "subscribers": []string{},
	}
}

func functionWanted(f environment.Function, t environment.Target) map[string]any {
	variables := map[string]any{}
	for _, s := range f.Settings {
		variables[s.Name] = s.Value
	}
	maps.Copy(variables, versionVariables(t.Version))
	layers := environment.Value{} // which one lies over which counts
	for i, label := range f.Layers {
		if i > 0 {
			layers.Parts = append(layers.Parts, environment.Part{Literal: ", "})
		}
		layers.Parts = append(layers.Parts, environment.Reference(LayerKind, label, "arn").Parts...)
	}
	want := map[string]any{
		"state": "Active", "last_update_status": "Successful",
		"role": f.RoleARN, "runtime": f.Runtime, "handler": f.Handler, "architecture": f.Architecture,
		"memory_mb": f.MemoryMB, "timeout_s": f.TimeoutS, "description": f.Description,
		"code_sha256": environment.Reference(PackageKind, f.Label, "sha256"),
		"log_group":   f.LogGroup, "layers": layers, "environment": variables,
		"tracing": "PassThrough", "ephemeral_storage_mb": f.EphemeralStorageMB, "reserved_concurrency": nil,
		"snap_start": "None", "tags": versionTags(tags(t), t.Version),
		"aliases": []string{}, "urls": []string{},
		// What nobody asks for must be as Lambda makes it.
		"log_format": "Text", "vpc": nil, "kms_key": "", "dead_letter": "", "file_systems": 0, "asynchronous": map[string]any{},
	}
	if alias := f.Alias(); alias != "" {
		want["aliases"] = []string{alias}
	}
	if authorization(f, t) != "" {
		want["urls"] = []string{qualifiedARN(f)}
	}
	if f.Tracing {
		want["tracing"] = "Active"
	}
	if f.SnapStart {
		want["snap_start"] = "PublishedVersions"
	}
	if f.ReservedConcurrency != nil {
		want["reserved_concurrency"] = *f.ReservedConcurrency
	}
	return want
}

// authorization is what a caller of the function's URL needs; empty without a URL.
func authorization(f environment.Function, t environment.Target) string {
	switch {
	case f.Public && !t.LockDown:
		return "NONE"
	case f.Public || t.Behind(f.Label):
		return "AWS_IAM"
	default:
		return ""
	}
}

// unlocked is what a caller of its URL needs before the lock-down.
func unlocked(f environment.Function, t environment.Target) string {
	t.LockDown = false
	return authorization(f, t)
}

// addresses are the ways in to a function: its alias, its URL, its health.
func addresses(f environment.Function, t environment.Target) []Resource {
	var all []Resource
	qualified := qualifiedName(f)
	if f.Alias() != "" {
		all = append(all, Resource{Type: AliasResource, ID: environment.Literal(qualified), Want: map[string]any{
			"code_sha256": environment.Reference(PackageKind, f.Label, "sha256"),
			"state":       "Active", "snap_start": "On", "other_versions": nil, "memory_mb": f.MemoryMB, "description": "",
		}})
		// Whoever calls it calls the alias.
		all = append(all, Resource{Type: FunctionPolicyResource, ID: environment.Literal(f.Name), Want: map[string]any{"policy": nil}})
	}
	if !t.Behind(f.Label) { // else its policy is complete when the distribution stands
		all = append(all, Resource{Type: FunctionPolicyResource, ID: environment.Literal(qualified), Want: map[string]any{"policy": functionPolicy(f, t)}})
	}
	if auth := authorization(f, t); auth != "" {
		var cors any
		if f.CORS != nil {
			cors = corsWanted(f.CORS, map[string]any{"exposed_headers": []string{}, "credentials": false})
		}
		all = append(all, Resource{
			Type: FunctionURLResource, ID: environment.Literal(qualified),
			Want: map[string]any{"authorization": auth, "invoke_mode": "BUFFERED", "cors": cors},
		})
	}
	if f.Health != "" {
		url := environment.Reference(FunctionKind, f.Label, "url")
		all = append(all, Resource{
			Type: EndpointResource,
			ID:   environment.Value{Parts: append(url.Parts, environment.Literal(f.Health).Parts...)},
			Want: map[string]any{"status_code": 200, "status": "ok", "signed": authorization(f, t) == "AWS_IAM", "version": t.Version.Release},
		})
	}
	return all
}

// qualifiedName is the function, or its alias when it has one.
func qualifiedName(f environment.Function) string {
	if alias := f.Alias(); alias != "" {
		return f.Name + ":" + alias
	}
	return f.Name
}

// qualifiedARN is that of the function, or of its alias when it has one.
func qualifiedARN(f environment.Function) string {
	if alias := f.Alias(); alias != "" {
		return f.ARN + ":" + alias
	}
	return f.ARN
}

// functionPolicy is who may call the function, or its alias: nobody by name, the
// whole world through a public URL, and its distribution. Since October 2025 each
// takes two permissions (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
func functionPolicy(f environment.Function, t environment.Target) any {
	arn := qualifiedARN(f)
	allow := func(action string, principal any, condition map[string]any) map[string]any {
		return map[string]any{
			"Effect": "Allow", "Principal": principal, "Action": []string{action}, "Resource": []string{arn}, "Condition": condition,
		}
	}
	statements := map[string]any{}
	if authorization(f, t) == "NONE" {
		statements["public-url"] = allow("lambda:InvokeFunctionUrl", "*",
			map[string]any{"StringEquals": map[string]any{"lambda:FunctionUrlAuthType": []string{"NONE"}}})
		statements["public-invoke"] = allow("lambda:InvokeFunction", "*",
			map[string]any{"Bool": map[string]any{"lambda:InvokedViaFunctionUrl": []string{"true"}}})
	}
	for _, d := range t.Distributions {
		if d.API != f.Label {
			continue
		}
		cloudFront := map[string]any{"Service": []string{"cloudfront.amazonaws.com"}}
		only := map[string]any{"ArnLike": map[string]any{"AWS:SourceArn": []any{environment.Reference("distribution", d.Label, "arn")}}}
		statements["distribution-url"] = allow("lambda:InvokeFunctionUrl", cloudFront, only)
		statements["distribution-invoke"] = allow("lambda:InvokeFunction", cloudFront, only)
	}
	if len(statements) == 0 {
		return nil
	}
	return statements
}
