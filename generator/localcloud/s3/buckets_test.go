package s3_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestCreateBucket(t *testing.T) {
	f := plain(t)
	f.bucket(t, "taken")
	oldest := f.as(account, "us-east-1")
	_, err := oldest.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("oldest")})
	wantCode(t, err, "")
	for _, test := range []struct {
		name, account, region, bucket, constraint, code string
	}{
		{"own again", account, region, "taken", region, "BucketAlreadyOwnedByYou"},
		{"another's", other, region, "taken", region, "BucketAlreadyExists"},
		{"own in another region", account, "eu-west-1", "taken", "eu-west-1", "BucketAlreadyOwnedByYou"},
		{"old name of a region", account, "eu-west-1", "european", "EU", ""},
		{"own again in us-east-1", account, "us-east-1", "oldest", "", ""},
		{"another's in us-east-1", other, "us-east-1", "oldest", "", "BucketAlreadyExists"},
		{"no constraint", account, region, "new", "", "IllegalLocationConstraintException"},
		{"other constraint", account, region, "new", "eu-west-1", "IllegalLocationConstraintException"},
		{"constraint us-east-1", account, "us-east-1", "new", "us-east-1", "InvalidLocationConstraint"},
		{"short", account, region, "ab", region, "InvalidBucketName"},
		{"shortest", account, region, "a.b", region, ""},
		{"long", account, region, strings.Repeat("a", 64), region, "InvalidBucketName"},
		{"longest", account, region, strings.Repeat("a", 63), region, ""},
		{"upper case", account, region, "Name", region, "InvalidBucketName"},
		{"underscore", account, region, "a_name", region, "InvalidBucketName"},
		{"two dots", account, region, "a..name", region, "InvalidBucketName"},
		{"dash at the end", account, region, "name-", region, "InvalidBucketName"},
		{"address", account, region, "192.168.1.1", region, "InvalidBucketName"},
		{"reserved prefix", account, region, "xn--name", region, "InvalidBucketName"},
		{"reserved suffix", account, region, "name-s3alias", region, "InvalidBucketName"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &awss3.CreateBucketInput{Bucket: &test.bucket}
			if test.constraint != "" {
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
					LocationConstraint: types.BucketLocationConstraint(test.constraint),
				}
			}
			_, err := f.as(test.account, test.region).CreateBucket(t.Context(), in)
			wantCode(t, err, test.code)
		})
	}
}

func TestCreateBucketWithTagsOwnershipAndLock(t *testing.T) {
	f := plain(t)
	client := f.as(account, "us-east-1")
	_, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: aws.String("all"), ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred,
		ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
		},
	})
	wantCode(t, err, "")
	var actions []string
	for _, access := range f.last(t).Access {
		actions = append(actions, access.Action)
	}
	if diff := cmp.Diff([]string{
		"s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning",
		"s3:PutBucketOwnershipControls", "s3:TagResource",
	}, actions); diff != "" {
		t.Error(diff)
	}
	lock, err := client.GetObjectLockConfiguration(t.Context(), &awss3.GetObjectLockConfigurationInput{Bucket: aws.String("all")})
	wantCode(t, err, "")
	versioning, err := client.GetBucketVersioning(t.Context(), &awss3.GetBucketVersioningInput{Bucket: aws.String("all")})
	wantCode(t, err, "")
	owned, err := client.GetBucketOwnershipControls(t.Context(), &awss3.GetBucketOwnershipControlsInput{Bucket: aws.String("all")})
	wantCode(t, err, "")
	tags, err := client.GetBucketTagging(t.Context(), &awss3.GetBucketTaggingInput{Bucket: aws.String("all")})
	wantCode(t, err, "")
	if lock.ObjectLockConfiguration.ObjectLockEnabled != "Enabled" || versioning.Status != "Enabled" ||
		owned.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerPreferred" || *tags.TagSet[0].Value != "v" {
		t.Errorf("lock %+v, versioning %+v, ownership %+v, tags %+v", lock, versioning, owned, tags)
	}
	_, err = client.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: aws.String("all"), VersioningConfiguration: &types.VersioningConfiguration{Status: "Suspended"},
	})
	wantCode(t, err, "InvalidBucketState")
}

func TestBucketsOfOthersAndOfOtherRegions(t *testing.T) {
	f := plain(t)
	f.bucket(t, "here")
	elsewhere := f.as(account, "us-east-1")
	for method, wantBody := range map[string]bool{"GET": true, "HEAD": false} {
		r, err := http.NewRequestWithContext(t.Context(), method, f.url+"/here", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+account+"/20261102/us-east-1/s3/aws4_request")
		response, err := f.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body := read(t, response.Body)
		if response.StatusCode != 301 || response.Header.Get("X-Amz-Bucket-Region") != region ||
			strings.Contains(body, "<Code>PermanentRedirect</Code>") != wantBody {
			t.Errorf("%s answers %s, region %q: %s", method, response.Status, response.Header.Get("X-Amz-Bucket-Region"), body)
		}
	}
	location, err := elsewhere.GetBucketLocation(t.Context(), &awss3.GetBucketLocationInput{Bucket: aws.String("here")})
	wantCode(t, err, "")
	if string(location.LocationConstraint) != region {
		t.Errorf("location is %q", location.LocationConstraint)
	}
	head, err := f.as(other, region).HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String("here")})
	wantCode(t, err, "") // the front door of this test lets everything through
	if *head.BucketRegion != region || *head.BucketArn != "arn:aws:s3:::here" {
		t.Errorf("head is %+v", head)
	}
	if access := f.last(t).Access[0]; access.Owner != account || access.Action != "s3:ListBucket" {
		t.Errorf("access is %+v", access)
	}
	_, err = f.as(account, region).HeadBucket(t.Context(), &awss3.HeadBucketInput{
		Bucket: aws.String("here"), ExpectedBucketOwner: aws.String(other),
	})
	wantCode(t, err, "Forbidden")
	_, err = elsewhere.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String("nowhere")})
	wantCode(t, err, "NotFound")
	if access := f.last(t).Access; len(access) != 0 {
		t.Errorf("a missing bucket asks for %+v", access)
	}
}

func TestListBuckets(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "b-0")
	for i := range 4 {
		f.bucket(t, fmt.Sprintf("b-%d", i+1))
	}
	_, err := f.as(other, "us-east-1").CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("b-9")})
	wantCode(t, err, "")
	var names []string
	pages := awss3.NewListBucketsPaginator(client, &awss3.ListBucketsInput{MaxBuckets: aws.Int32(2), Prefix: aws.String("b-")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "")
		for _, b := range page.Buckets {
			names = append(names, *b.Name+" "+*b.BucketRegion)
		}
	}
	if diff := cmp.Diff([]string{"b-0 eu-west-2", "b-1 eu-west-2", "b-2 eu-west-2", "b-3 eu-west-2", "b-4 eu-west-2"}, names); diff != "" {
		t.Error(diff)
	}
	none, err := client.ListBuckets(t.Context(), &awss3.ListBucketsInput{BucketRegion: aws.String("eu-west-1")})
	wantCode(t, err, "")
	if len(none.Buckets) != 0 || len(*none.Owner.ID) != 64 {
		t.Errorf("list is %+v", none)
	}
}

// DELETE of a sub-resource must never fall through to the bucket or the object.
func TestSubResourcesNeverReachTheWhole(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "whole")
	for _, sub := range []string{
		"policy", "lifecycle", "cors", "tagging", "encryption", "publicAccessBlock", "ownershipControls",
		"website", "replication", "analytics", "inventory", "metrics", "intelligent-tiering", "invented", "policy&invented",
	} {
		f.raw(t, account, "DELETE", "/whole?"+sub, nil, "")
	}
	_, err := client.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String("whole")})
	wantCode(t, err, "")
	put(t.Context(), t, client, "whole", "key", "body")
	for _, sub := range []string{"tagging", "acl", "retention", "legal-hold", "invented", "restore"} {
		f.raw(t, account, "PUT", "/whole/key?"+sub, nil, "other body")
		f.raw(t, account, "DELETE", "/whole/key?"+sub, nil, "")
	}
	if _, text := f.raw(t, account, "GET", "/whole/key", nil, ""); text != "body" {
		t.Errorf("the object is now %q", text)
	}
	response, answer := f.raw(t, account, "PUT", "/whole/key?legal-hold", nil, "")
	if response.StatusCode != 501 || !strings.Contains(answer, "<Code>NotImplemented</Code>") || !strings.Contains(answer, "s3 PUT object?legal-hold") {
		t.Errorf("an unknown call answers %s %s", response.Status, answer)
	}
}

func TestWhereARequestPoints(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "dotted.s3.name")
	put(t.Context(), t, client, "dotted.s3.name", "a/b", "body")
	put(t.Context(), t, client, "dotted.s3.name", "/a//b/", "slashes")
	for _, test := range []struct{ host, path, body string }{
		{"127.0.0.1:4566", "/dotted.s3.name/a/b", "body"},
		{"s3.eu-west-2.amazonaws.com", "/dotted.s3.name/a/b", "body"},
		{"s3.amazonaws.com", "/dotted.s3.name/a%2Fb", "body"},
		{"dotted.s3.name.s3.eu-west-2.amazonaws.com", "/a/b", "body"},
		{"dotted.s3.name.s3.eu-west-2.amazonaws.com:443", "/a/b?x-id=GetObject", "body"},
		{"dotted.s3.name.s3.dualstack.eu-west-2.amazonaws.com", "/a/b", "body"},
		{"dotted.s3.name.s3.amazonaws.com", "/a/b?X-Amz-Signature=0", "body"},
		{"dotted.s3.name.s3.amazonaws.com", "//a//b/", "slashes"},
	} {
		if _, text := f.raw(t, account, "GET", test.path, map[string]string{"Host": test.host}, ""); text != test.body {
			t.Errorf("%s%s is %q, want %q", test.host, test.path, text, test.body)
		}
	}
}

func TestErrorDocuments(t *testing.T) {
	f := plain(t)
	f.bucket(t, "docs")
	for _, test := range []struct {
		method, target string
		status         int
		code           string
		parts          []string
	}{
		{"GET", "/nowhere/key", 404, "NoSuchBucket", []string{"<BucketName>nowhere</BucketName>", "<Resource>/nowhere/key</Resource>"}},
		{"GET", "/docs/key", 404, "NoSuchKey", []string{"<Key>key</Key>"}},
		{"GET", "/docs/key?versionId=x", 404, "NoSuchVersion", []string{"<VersionId>x</VersionId>"}},
		{"GET", "/docs/key?uploadId=x", 404, "NoSuchUpload", []string{"<UploadId>x</UploadId>"}},
		{"GET", "/docs/" + strings.Repeat("k", 1025), 400, "KeyTooLongError", nil},
		{"GET", "/docs/%ff", 400, "InvalidURI", nil},
		{"GET", "/docs/a%00b", 400, "InvalidURI", nil},
		{"GET", "/docs?max-keys=many", 400, "InvalidArgument", []string{"<ArgumentName>max-keys</ArgumentName>", "<ArgumentValue>many</ArgumentValue>"}},
		{"GET", "/docs?encoding-type=zip", 400, "InvalidArgument", nil},
		{"GET", "/docs?list-type=3", 400, "InvalidArgument", nil},
		{"GET", "/docs?list-type=2&continuation-token=%21", 400, "InvalidArgument", nil},
		{"GET", "/docs?prefix=a%00", 400, "InvalidArgument", nil},
		{"GET", "/docs?versions&version-id-marker=x", 400, "InvalidArgument", nil},
		{"GET", "/docs?versions&key-marker=k&version-id-marker=x", 400, "InvalidArgument", nil},
		{"GET", "/docs?policy", 404, "NoSuchBucketPolicy", []string{"<BucketName>docs</BucketName>"}},
		{"PUT", "/docs?policy", 400, "MissingRequestBodyError", nil},
		{"PUT", "/docs?versioning", 400, "MissingRequestBodyError", nil},
		{"POST", "/docs", 501, "NotImplemented", []string{"s3 POST bucket"}},
		{"GET", "/docs?select", 501, "NotImplemented", []string{"s3 GET bucket?select"}},
	} {
		t.Run(test.method+" "+test.code, func(t *testing.T) {
			response, answer := f.raw(t, account, test.method, test.target, nil, "")
			for _, part := range append(test.parts, "<Error><Code>"+test.code+"</Code><Message>", "<RequestId>", "<HostId>") {
				if !strings.Contains(answer, part) {
					t.Errorf("answer lacks %s: %s", part, answer)
				}
			}
			if response.StatusCode != test.status || response.Header.Get("Content-Type") != "application/xml" ||
				response.Header.Get("X-Amz-Request-Id") == "" || response.Header.Get("X-Amz-Id-2") == "" {
				t.Errorf("answer is %s, %v", response.Status, response.Header)
			}
			if test.method != "GET" || strings.HasPrefix(test.target, "/docs?") {
				return
			}
			head, body := f.raw(t, account, "HEAD", test.target, nil, "")
			if body != "" || head.StatusCode != test.status && head.StatusCode != 501 {
				t.Errorf("HEAD answers %s with %q", head.Status, body)
			}
		})
	}
}
