package standin

import (
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func lambdaFunctionAttributes() map[string]*schema.Schema {
	source := func() *schema.Schema {
		s := optionalString()
		s.ExactlyOneOf = []string{"filename", "image_uri", "s3_bucket"}
		return s
	}
	level := func() *schema.Schema {
		return &schema.Schema{Type: schema.TypeString, Optional: true, Default: "", DiffSuppressFunc: isUsualLevel}
	}
	architectures := computed(stringList())
	architectures.MaxItems = 1
	layers := stringList()
	layers.MaxItems = 5
	return map[string]*schema.Schema{
		"architectures":           architectures,
		"arn":                     computedString(),
		"code_sha256":             optionalComputedString(),
		"code_signing_config_arn": optionalString(),
		"dead_letter_config":      optionalBlock(map[string]*schema.Schema{"target_arn": requiredString()}),
		"description":             optionalString(),
		"environment":             optionalBlock(map[string]*schema.Schema{"variables": stringMap()}),
		"ephemeral_storage": computed(optionalBlock(map[string]*schema.Schema{
			"size": checked(computed(optionalInt()), validation.IntBetween(512, 10240)),
		})),
		"file_system_config": optionalBlock(map[string]*schema.Schema{
			"arn":              requiredString(),
			"local_mount_path": requiredString(),
		}),
		"filename":      source(),
		"function_name": checked(forceNew(requiredString()), validation.StringLenBetween(1, 140)),
		"handler":       checked(optionalString(), validation.StringLenBetween(1, 128)),
		"image_config": optionalBlock(map[string]*schema.Schema{
			"command":           stringList(),
			"entry_point":       stringList(),
			"working_directory": optionalString(),
		}),
		"image_uri":     source(),
		"invoke_arn":    computedString(),
		"kms_key_arn":   optionalString(),
		"last_modified": computedString(),
		"layers":        layers,
		"logging_config": computed(optionalBlock(map[string]*schema.Schema{
			"application_log_level": level(),
			"log_format":            checked(requiredString(), validation.StringInSlice([]string{"JSON", "Text"}, false)),
			"log_group":             optionalComputedString(),
			"system_log_level":      level(),
		})),
		"memory_size": checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: 128}, validation.IntBetween(128, 10240)),
		"package_type": checked(forceNew(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "Zip"}),
			validation.StringInSlice([]string{"Image", "Zip"}, false)),
		"publish":              boolDefault(false),
		"qualified_arn":        computedString(),
		"qualified_invoke_arn": computedString(),
		"replace_security_groups_on_destroy": deprecated(optionalBool(),
			"AWS no longer supports this operation. This attribute now has no effect and will be removed in a future major version."),
		"replacement_security_group_ids": deprecated(stringSet(),
			"AWS no longer supports this operation. This attribute now has no effect and will be removed in a future major version."),
		"reserved_concurrent_executions": checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: -1},
			validation.IntAtLeast(-1)),
		"role":                        requiredString(),
		"runtime":                     optionalString(),
		"s3_bucket":                   source(),
		"s3_key":                      optionalString(),
		"s3_object_version":           conflicts(optionalString(), "filename", "image_uri"),
		"signing_job_arn":             computedString(),
		"signing_profile_version_arn": computedString(),
		"skip_destroy":                boolDefault(false),
		"snap_start": optionalBlock(map[string]*schema.Schema{
			"apply_on":            checked(requiredString(), validation.StringInSlice([]string{"PublishedVersions"}, false)),
			"optimization_status": computedString(),
		}),
		"source_code_hash": optionalComputedString(),
		"source_code_size": {Type: schema.TypeInt, Computed: true},
		"timeout":          checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: 3}, validation.IntBetween(1, 900)),
		"tracing_config": computed(optionalBlock(map[string]*schema.Schema{
			"mode": checked(requiredString(), validation.StringInSlice([]string{"Active", "PassThrough"}, true)),
		})),
		"version": computedString(),
		"vpc_config": optionalBlock(map[string]*schema.Schema{
			"ipv6_allowed_for_dual_stack": boolDefault(false),
			"security_group_ids":          required(stringSet()),
			"subnet_ids":                  required(stringSet()),
			"vpc_id":                      computedString(),
		}),
	}
}

// isUsualLevel says that no level is no change: with JSON, Lambda then takes INFO.
func isUsualLevel(_, _, after string, d *schema.ResourceData) bool {
	return after == "" && d.Get("logging_config.0.log_format") == string(types.LogFormatJson)
}

// functionConfiguration lists the arguments that UpdateFunctionConfiguration sets.
func functionConfiguration() []string {
	return []string{
		"dead_letter_config", "description", "environment", "ephemeral_storage", "file_system_config",
		"handler", "image_config", "kms_key_arn", "layers", "logging_config", "memory_size", "role",
		"runtime", "snap_start", "timeout", "tracing_config", "vpc_config",
	}
}

// functionCode lists the arguments that UpdateFunctionCode sets, and those whose
// change says that the code behind them is another.
func functionCode() []string {
	return []string{
		"architectures", "code_sha256", "filename", "image_uri", "s3_bucket", "s3_key", "s3_object_version",
		"source_code_hash",
	}
}
