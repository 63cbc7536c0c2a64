package iam

import (
	"slices"
	"strings"
	"time"
)

// awsAccount stands where the account is in the ARN of a policy of AWS.
const awsAccount = "aws"

// ofAWS are the policies of AWS that the local cloud has, as
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
// shows them.
var ofAWS = []policy{
	awsManaged("AdministratorAccess", "/", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	awsManaged("AWSLambdaBasicExecutionRole", "/service-role/", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`),
	awsManaged("AmazonS3FullAccess", "/", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}`),
	awsManaged("AmazonS3ReadOnlyAccess", "/", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}`),
}

func awsManaged(name, path, document string) policy {
	made := time.Date(2015, 2, 6, 0, 0, 0, 0, time.UTC) // when managed policies began
	id := "ANPA" + strings.ToUpper(name)
	return policy{
		Account: awsAccount, Name: name, Path: path, ID: id[:min(len(id), 21)],
		Created: made, Updated: made, Default: "v1", Made: 1,
		Versions: []version{{ID: "v1", Document: document, Created: made}},
	}
}

func awsManagedByARN(arn string) (policy, bool) {
	i := slices.IndexFunc(ofAWS, func(p policy) bool { return p.arn() == arn })
	if i < 0 {
		return policy{}, false
	}
	return ofAWS[i], true
}
