package lambda

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// settings are the members that CreateFunction and UpdateFunctionConfiguration
// share. A member that is missing leaves the configuration as it is.
type settings struct {
	Role             *string
	Handler          *string
	Description      *string
	Runtime          *string
	Timeout          *int
	MemorySize       *int
	KMSKeyArn        *string
	Environment      *variables
	TracingConfig    *tracing
	EphemeralStorage *ephemeralStorage
	SnapStart        *struct{ ApplyOn string }
	LoggingConfig    *loggingConfig
	Layers           []string // ARNs of versions; nil when the call says nothing
	RevisionId       string

	unsupported
}

// unsupported are members that the local cloud refuses when they say something,
// because a function would not be what its owner asked for.
type unsupported struct {
	VpcConfig            *struct{ SubnetIds, SecurityGroupIds []string }
	DeadLetterConfig     *struct{ TargetArn string }
	FileSystemConfigs    []json.RawMessage
	ImageConfig          *json.RawMessage
	CodeSigningConfigArn string
}

func (u unsupported) check(call string) error {
	for _, m := range []struct {
		name string
		used bool
	}{
		{"VpcConfig", u.VpcConfig != nil && len(u.VpcConfig.SubnetIds)+len(u.VpcConfig.SecurityGroupIds) > 0},
		{"DeadLetterConfig", u.DeadLetterConfig != nil && u.DeadLetterConfig.TargetArn != ""},
		{"FileSystemConfigs", len(u.FileSystemConfigs) > 0},
		{"ImageConfig", u.ImageConfig != nil},
		{"CodeSigningConfigArn", u.CodeSigningConfigArn != ""},
	} {
		if m.used {
			return api.NotImplemented("lambda", call+" with "+m.name)
		}
	}
	return nil
}

// knownRuntimes are the identifiers that functions can be made with.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
var knownRuntimes = []string{
	"dotnet8", "dotnet9", "dotnet10", "java11", "java17", "java21", "java25", "java8.al2",
	"nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "provided.al2", "provided.al2023",
	"python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
	"ruby3.2", "ruby3.3", "ruby3.4",
}

// snapStartRuntimes is what SnapStart works with.
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
var snapStartRuntimes = []string{
	"dotnet8", "dotnet9", "dotnet10", "java11", "java17", "java21", "java25",
	"python3.12", "python3.13", "python3.14",
}

var (
	roleARN      = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*)?:iam::(\d{12}):role/?[a-zA-Z_0-9+=,.@\-_/]+$`)
	handlerForm  = regexp.MustCompile(`^[^\s]+$`)
	variableName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
	logGroupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
)

const (
	maxVariables     = 4 << 10 // bytes of names and values
	minMemory        = 128     // MB
	maxMemory        = 10240
	minEphemeral     = 512 // MB
	maxEphemeral     = 10240
	maxTimeout       = 900 // seconds
	maxSnapStartDisk = 512 // MB
)

// apply checks the settings and writes them into a configuration.
func (in settings) apply(config *configuration) error {
	var wrong violations
	in.checkForms(&wrong)
	if err := wrong.err(); err != nil {
		return err
	}
	set(&config.Role, in.Role)
	set(&config.Handler, in.Handler)
	set(&config.Description, in.Description)
	set(&config.Runtime, in.Runtime)
	set(&config.Timeout, in.Timeout)
	set(&config.MemorySize, in.MemorySize)
	set(&config.KMSKeyArn, in.KMSKeyArn)
	set(&config.TracingConfig, in.TracingConfig)
	set(&config.EphemeralStorage, in.EphemeralStorage)
	if in.Environment != nil {
		config.Environment = nil
		if len(in.Environment.Variables) > 0 {
			config.Environment = in.Environment
		}
	}
	if in.SnapStart != nil {
		config.SnapStart = snapStart{ApplyOn: in.SnapStart.ApplyOn, OptimizationStatus: "Off"}
	}
	if in.LoggingConfig != nil {
		config.LoggingConfig.merge(*in.LoggingConfig)
	}
	return config.check()
}

func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}

// checkForms checks each member by itself, as the API's model does.
func (in settings) checkForms(wrong *violations) {
	if in.Role != nil && !roleARN.MatchString(*in.Role) {
		wrong.add(*in.Role, "role",
			`Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`)
	}
	if in.Handler != nil && (!handlerForm.MatchString(*in.Handler) || len(*in.Handler) > 128) {
		wrong.add(*in.Handler, "handler", `Member must satisfy regular expression pattern: [^\s]+ and have length at most 128`)
	}
	if in.Description != nil && len(*in.Description) > 256 {
		wrong.add(*in.Description, "description", "Member must have length less than or equal to 256")
	}
	between(wrong, in.Timeout, "timeout", 1, maxTimeout)
	between(wrong, in.MemorySize, "memorySize", minMemory, maxMemory)
	if in.EphemeralStorage != nil {
		between(wrong, &in.EphemeralStorage.Size, "ephemeralStorage.size", minEphemeral, maxEphemeral)
	}
	if in.TracingConfig != nil {
		oneOf(wrong, in.TracingConfig.Mode, "tracingConfig.mode", "Active", "PassThrough")
	}
	if in.SnapStart != nil {
		oneOf(wrong, in.SnapStart.ApplyOn, "snapStart.applyOn", onPublishedVersions, "None")
	}
	if in.Environment != nil {
		for _, name := range slices.Sorted(maps.Keys(in.Environment.Variables)) {
			if !variableName.MatchString(name) {
				wrong.add(name, "environment.variables", "Map keys must satisfy constraint: "+
					"[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
			}
		}
	}
	if in.LoggingConfig != nil {
		in.LoggingConfig.checkForms(wrong)
	}
}

func (in loggingConfig) checkForms(wrong *violations) {
	levels := []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}
	if in.LogFormat != "" {
		oneOf(wrong, in.LogFormat, "loggingConfig.logFormat", "JSON", "Text")
	}
	if in.ApplicationLogLevel != "" {
		oneOf(wrong, in.ApplicationLogLevel, "loggingConfig.applicationLogLevel", levels...)
	}
	if in.SystemLogLevel != "" {
		oneOf(wrong, in.SystemLogLevel, "loggingConfig.systemLogLevel", "DEBUG", "INFO", "WARN")
	}
	if in.LogGroup != "" && !logGroupName.MatchString(in.LogGroup) {
		wrong.add(in.LogGroup, "loggingConfig.logGroup", `Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`)
	}
}

func between(wrong *violations, value *int, member string, least, most int) {
	switch {
	case value == nil:
	case *value < least:
		wrong.add(strconv.Itoa(*value), member, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case *value > most:
		wrong.add(strconv.Itoa(*value), member, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
}

func oneOf(wrong *violations, value, member string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		wrong.add(value, member, "Member must satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
	}
}

// merge takes over what is given and fills in what JSON logs have by default.
func (l *loggingConfig) merge(in loggingConfig) {
	if in.LogFormat != "" {
		l.LogFormat = in.LogFormat
		if l.LogFormat == logFormatText { // logs as text have no levels
			l.ApplicationLogLevel, l.SystemLogLevel = "", ""
		}
	}
	if in.LogGroup != "" {
		l.LogGroup = in.LogGroup
	}
	if in.ApplicationLogLevel != "" {
		l.ApplicationLogLevel = in.ApplicationLogLevel
	}
	if in.SystemLogLevel != "" {
		l.SystemLogLevel = in.SystemLogLevel
	}
	if l.LogFormat != logFormatJSON {
		return
	}
	if l.ApplicationLogLevel == "" {
		l.ApplicationLogLevel = "INFO"
	}
	if l.SystemLogLevel == "" {
		l.SystemLogLevel = "INFO"
	}
}

const (
	logFormatText = "Text"
	logFormatJSON = "JSON"
)

// check looks at a configuration as a whole.
func (config configuration) check() error {
	if !slices.Contains(knownRuntimes, config.Runtime) {
		return invalidParameter("Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [%s] or be a valid ARN",
			config.Runtime, strings.Join(knownRuntimes, ", "))
	}
	if config.Handler == "" {
		return invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	if config.LoggingConfig.LogFormat != logFormatJSON &&
		config.LoggingConfig.ApplicationLogLevel+config.LoggingConfig.SystemLogLevel != "" {
		return invalidParameter("ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.")
	}
	if config.SnapStart.ApplyOn == onPublishedVersions {
		if !slices.Contains(snapStartRuntimes, config.Runtime) {
			return invalidParameter("%s is not supported for SnapStart enabled functions.", config.Runtime)
		}
		if config.EphemeralStorage.Size > maxSnapStartDisk {
			return invalidParameter("Ephemeral storage size must be %d MB for SnapStart enabled functions.", maxSnapStartDisk)
		}
	}
	if config.Environment == nil {
		return nil
	}
	return checkVariables(config.Environment.Variables)
}

// reservedVariables are set by Lambda and cannot be given.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
var reservedVariables = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
	"AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
	"AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

func checkVariables(given map[string]string) error {
	size := 0
	var reserved []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		size += len(name) + len(given[name])
		if slices.Contains(reservedVariables, name) {
			reserved = append(reserved, name)
		}
	}
	const unable = "Lambda was unable to configure your environment variables because the environment variables you have provided "
	if len(reserved) > 0 {
		return invalidParameter(unable+"contains reserved keys that are currently not supported for modification. "+
			"Reserved keys used in this request: %s", strings.Join(reserved, ", "))
	}
	if size > maxVariables {
		// AWS repeats the values here; they may be secrets, so their size must do.
		return invalidParameter(unable+"exceeded the 4KB limit. Size measured: %d bytes", size)
	}
	return nil
}
