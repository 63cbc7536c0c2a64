package components

import "sendform/generator/environment"

// FunctionInputs are the variables of the function module.
type FunctionInputs struct {
	Name             string                       `tf:"name" doc:"Name of the function." check:"can(regex(\"^[A-Za-z0-9_-]{1,64}$\", var.name))" says:"1 to 64 letters, digits, - and _."`
	Description      string                       `tf:"description" doc:"What the function is for."`
	RoleARN          environment.Value            `tf:"role_arn" doc:"ARN of the role that it runs with."`
	PackageBucket    environment.Value            `tf:"package_bucket" doc:"Bucket of the package."`
	PackageKey       environment.Value            `tf:"package_key" doc:"Key of the package."`
	PackageSHA256    environment.Value            `tf:"package_sha256" doc:"SHA-256 of the package, in Base64; a change deploys the code again."`
	Runtime          string                       `tf:"runtime" doc:"Lambda runtime."`
	Handler          string                       `tf:"handler" doc:"Entry point; bootstrap for a custom runtime."`
	Architecture     string                       `tf:"architecture" doc:"arm64 or x86_64." check:"contains([\"arm64\", \"x86_64\"], var.architecture)" says:"Either arm64 or x86_64."`
	MemoryMB         int                          `tf:"memory_mb" doc:"Memory in MB; CPU grows with it." check:"var.memory_mb >= 128 && var.memory_mb <= 10240" says:"128 to 10240 MB."`
	TimeoutS         int                          `tf:"timeout_s" doc:"Seconds until an invocation is ended." check:"var.timeout_s >= 1 && var.timeout_s <= 900" says:"1 to 900 seconds."`
	LogGroup         string                       `tf:"log_group" doc:"Name of its log group."`
	LogRetentionDays int                          `tf:"log_retention_days" doc:"Days that logs are kept."`
	Public           bool                         `tf:"public" doc:"Whether it has a URL that anybody may call."`
	Environment      map[string]environment.Value `tf:"environment" doc:"Environment variables."`
}

func functionKind() Kind {
	return Kind{
		Name:    FunctionKind,
		About:   "A Lambda function with its log group and, if it is public, a URL that needs no AWS credentials.",
		Inputs:  FunctionInputs{},
		Outputs: []string{"arn", "name", "url"},
	}
}

func function(f environment.Function, t environment.Target) Component {
	role := Address{IdentityKind, f.Label}
	pkg := Address{ArtifactKind, f.Label}
	needs := []Address{role, pkg}
	for _, a := range f.Access {
		needs = append(needs, Address{StorageKind, a.Bucket})
	}
	variables := map[string]environment.Value{}
	wantVariables := map[string]any{}
	for _, s := range f.Settings {
		variables[s.Name] = s.Value
		wantVariables[s.Name] = s.Value
		for _, ref := range s.Value.Refs() {
			needs = append(needs, Address{ref.Kind, ref.Name})
		}
	}
	c := Component{
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
			Public: f.Public, Environment: variables,
		},
		Resources: []Resource{
			{Type: LogGroupResource, ID: environment.Literal(f.LogGroup), Want: map[string]any{"retention_days": f.LogRetentionDays, "tags": tags(t)}},
			{Type: FunctionResource, ID: environment.Literal(f.Name), Want: map[string]any{
				"state": "Active", "last_update_status": "Successful",
				"role": f.RoleARN, "runtime": f.Runtime, "handler": f.Handler, "architecture": f.Architecture,
				"memory_mb": f.MemoryMB, "timeout_s": f.TimeoutS, "description": f.Description,
				"code_sha256": environment.Reference(PackageKind, f.Label, "sha256"),
				"log_group":   f.LogGroup, "layers": []string{}, "environment": wantVariables,
				"policy": functionPolicy(f), "tags": tags(t),
				// What nobody asks for must be as Lambda makes it.
				"tracing": "PassThrough", "ephemeral_storage_mb": 512, "reserved_concurrency": nil, "vpc": nil,
			}},
		},
	}
	if f.Public {
		c.Resources = append(c.Resources, Resource{
			Type: FunctionURLResource, ID: environment.Literal(f.Name),
			Want: map[string]any{"authorization": "NONE", "invoke_mode": "BUFFERED", "cors": nil},
		})
	}
	if f.Health != "" {
		url := environment.Reference(FunctionKind, f.Label, "url")
		c.Resources = append(c.Resources, Resource{
			Type: EndpointResource,
			ID:   environment.Value{Parts: append(url.Parts, environment.Literal(f.Health).Parts...)},
			Want: map[string]any{"status_code": 200, "status": "ok"},
		})
	}
	return c
}

// functionPolicy is who may call the function: nobody by name, and the whole world
// through a public URL. Since October 2025 that takes both permissions
// (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
func functionPolicy(f environment.Function) any {
	if !f.Public {
		return nil
	}
	statement := func(action, operator, key, value string) map[string]any {
		return map[string]any{
			"Effect": "Allow", "Principal": "*", "Action": []string{action}, "Resource": []string{f.ARN},
			"Condition": map[string]any{operator: map[string]any{key: []string{value}}},
		}
	}
	return map[string]any{
		"public-url":    statement("lambda:InvokeFunctionUrl", "StringEquals", "lambda:FunctionUrlAuthType", "NONE"),
		"public-invoke": statement("lambda:InvokeFunction", "Bool", "lambda:InvokedViaFunctionUrl", "true"),
	}
}
