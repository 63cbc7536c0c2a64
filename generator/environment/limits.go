package environment

import (
	"regexp"
	"strings"
)

// AWS's own limits, as of November 2026; each with the page that has it.
var (
	// https://docs.aws.amazon.com/general/latest/gr/rande.html
	regions = []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
		"ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
		"ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1",
		"cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1",
		"eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
		"us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
	runtimes = []string{"provided.al2023", "provided.al2", "python3.12", "python3.13"}
	// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
	architectures = []string{"arm64", "x86_64"}
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
	retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
	corsMethods = []string{"GET", "PUT", "POST", "DELETE", "HEAD"}
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
	reservedVariables = []string{
		"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
		"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
		"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
		"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
	snapStartRuntimes = []string{"python3.12", "python3.13"}
	// https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html: seven letters, as
	// OPTIONS has, are too many.
	urlMethods = []string{"*", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}
	// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
	priceClasses = []string{"PriceClass_100", "PriceClass_200", "PriceClass_All"}

	accessModes   = []string{string(ReadOnly), string(ReadWrite)}
	secretStores  = []string{string(ParameterStore), string(SecretsManager)}
	releases      = []string{string(MinorRelease), string(MajorRelease)}
	oidcProviders = []string{createProvider, existingProvider}

	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	labelPattern    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	bucketPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	variablePattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
	originPattern   = regexp.MustCompile(`^(\*|https?://[A-Za-z0-9.*-]+(:[0-9]{1,5})?)$`)
	healthPattern   = regexp.MustCompile(`^/[A-Za-z0-9/_.~-]*$`)
	handlerPattern  = regexp.MustCompile(`^[^\s]{1,128}$`)
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
	parameterPattern = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+){1,15}$|^[A-Za-z0-9_.-]+$`)
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretPattern = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	// What Secrets Manager puts behind the name in an ARN.
	secretSuffix       = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)
	pathPattern        = regexp.MustCompile(`^/[A-Za-z0-9_.*$/~"'@:+?&-]{0,254}$`)
	objectPattern      = regexp.MustCompile(`^[A-Za-z0-9_.~-][A-Za-z0-9_./~-]{0,254}$`)
	domainPattern      = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	certificatePattern = regexp.MustCompile(`^arn:[a-z-]+:acm:([a-z0-9-]+):[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
	boundaryPattern    = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+$`)
	repositoryPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)
	idsPattern         = regexp.MustCompile(`^[0-9]+/[0-9]+$`)
	branchPattern      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)
	rulePattern        = regexp.MustCompile(`^aws-[a-z0-9]+(-[a-z0-9]+)+$`)
)

const (
	maxNameLength       = 64   // of functions, roles, layers and CloudFront's things
	maxVariablesBytes   = 4096 // all names and values together
	maxDescription      = 256
	maxTags             = 50
	maxTagKey           = 128
	maxTagValue         = 256
	maxLayers           = 5
	maxParameterName    = 1011
	maxParameterBytes   = 4096     // of the standard tier
	maxTTLS             = 31536000 // a year
	maxDistributionPath = 24       // beside the default one; 25 behaviours in all
	snapStartStorageMB  = 512
)

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}
