package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestCopy(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "from")
	f.bucket(t, "onto")
	_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: aws.String("from"), Key: aws.String("a b/ü"), Body: strings.NewReader("body"),
		ContentType: aws.String("text/plain"), Metadata: map[string]string{"x": "1"}, Tagging: aws.String("t=1"),
	})
	wantCode(t, err, "")
	copied, err := client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("onto"), Key: aws.String("copy"), CopySource: aws.String("from/a%20b/%C3%BC"),
	})
	wantCode(t, err, "")
	var needs []string
	for _, access := range f.last(t).Access {
		needs = append(needs, access.Action+" "+access.Resource)
	}
	if diff := cmp.Diff([]string{"s3:PutObject arn:aws:s3:::onto/copy", "s3:GetObject arn:aws:s3:::from/a b/ü"}, needs); diff != "" {
		t.Error(diff)
	}
	got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("onto"), Key: aws.String("copy")})
	wantCode(t, err, "")
	if text := read(t, got.Body); text != "body" || *got.ContentType != "text/plain" || got.Metadata["x"] != "1" || *got.TagCount != 1 ||
		*got.ETag != *copied.CopyObjectResult.ETag {
		t.Errorf("the copy is %q, %+v", text, got)
	}
	_, err = client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("onto"), Key: aws.String("copy"), CopySource: aws.String("onto/copy"),
	})
	wantCode(t, err, "InvalidRequest")
	_, err = client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("onto"), Key: aws.String("copy"), CopySource: aws.String("onto/copy"),
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"y": "2"},
		TaggingDirective: types.TaggingDirectiveReplace,
	})
	wantCode(t, err, "")
	got, err = client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("onto"), Key: aws.String("copy")})
	wantCode(t, err, "")
	read(t, got.Body)
	if got.Metadata["x"] != "" || got.Metadata["y"] != "2" || got.TagCount != nil {
		t.Errorf("metadata %v, tags %v", got.Metadata, got.TagCount)
	}
	for source, code := range map[string]string{
		"from/none": "NoSuchKey", "none/none": "NoSuchBucket", "from": "InvalidArgument",
	} {
		_, err = client.CopyObject(t.Context(), &awss3.CopyObjectInput{
			Bucket: aws.String("onto"), Key: aws.String("copy"), CopySource: aws.String(source),
		})
		wantCode(t, err, code)
	}
	_, err = client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("onto"), Key: aws.String("copy"), CopySource: aws.String("from/a%20b/%C3%BC"),
		CopySourceIfNoneMatch: copied.CopyObjectResult.ETag,
	})
	wantCode(t, err, "PreconditionFailed")
}

// A copy may be of any version, replaces the tags alone, and has a checksum of its own.
func TestCopyOfAVersion(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "box")
	setVersioning(t, client, "box", types.BucketVersioningStatusEnabled)
	old := put(t.Context(), t, client, "box", "key", "old")
	put(t.Context(), t, client, "box", "key", "new")
	copied, err := client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("box"), Key: aws.String("copy"), CopySource: aws.String("/box/key?versionId=" + *old.VersionId),
		IfNoneMatch: aws.String("*"), CopySourceIfMatch: old.ETag, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		TaggingDirective: types.TaggingDirectiveReplace, Tagging: aws.String("a=1"),
	})
	wantCode(t, err, "")
	if *copied.CopySourceVersionId != *old.VersionId || copied.VersionId == nil || copied.CopyObjectResult.ChecksumSHA256 == nil {
		t.Errorf("the copy answers %+v", copied)
	}
	var needs []string
	for _, access := range f.last(t).Access {
		needs = append(needs, access.Action)
	}
	if diff := cmp.Diff([]string{"s3:PutObject", "s3:PutObjectTagging", "s3:GetObjectVersion"}, needs); diff != "" {
		t.Error(diff)
	}
	got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("copy"), ChecksumMode: types.ChecksumModeEnabled})
	wantCode(t, err, "")
	if text := read(t, got.Body); text != "old" || *got.ChecksumSHA256 != *copied.CopyObjectResult.ChecksumSHA256 || *got.TagCount != 1 {
		t.Errorf("the copy is %q, %+v", text, got)
	}
	// An older version becomes the current one by a copy onto its own key.
	_, err = client.CopyObject(t.Context(), &awss3.CopyObjectInput{
		Bucket: aws.String("box"), Key: aws.String("key"), CopySource: aws.String("box/key?versionId=" + *old.VersionId),
	})
	wantCode(t, err, "")
	if _, text := f.raw(t, account, "GET", "/box/key", nil, ""); text != "old" {
		t.Errorf("the key is %q", text)
	}
}
