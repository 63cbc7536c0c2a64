package s3_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestVersionsAndDeleteMarkers(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "kept")
	put(t.Context(), t, client, "kept", "key", "before versioning")
	setVersioning(t, client, "kept", types.BucketVersioningStatusEnabled)
	get := func(id string) (string, error) {
		in := &awss3.GetObjectInput{Bucket: aws.String("kept"), Key: aws.String("key")}
		if id != "" {
			in.VersionId = &id
		}
		out, err := client.GetObject(t.Context(), in)
		if err != nil {
			return "", err
		}
		return read(t, out.Body), nil
	}
	want := func(id, body, code string) {
		t.Helper()
		got, err := get(id)
		wantCode(t, err, code)
		if got != body {
			t.Errorf("version %q is %q, want %q", id, got, body)
		}
	}
	first := *put(t.Context(), t, client, "kept", "key", "first").VersionId
	second := *put(t.Context(), t, client, "kept", "key", "second").VersionId
	want("", "second", "")
	want(first, "first", "")
	want("null", "before versioning", "")
	want("0000000000000009x", "", "NoSuchVersion")

	marker, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("kept"), Key: aws.String("key")})
	wantCode(t, err, "")
	if marker.DeleteMarker == nil || !*marker.DeleteMarker || marker.VersionId == nil {
		t.Fatalf("delete answers %+v", marker)
	}
	want("", "", "NoSuchKey")
	want(*marker.VersionId, "", "MethodNotAllowed")
	want(second, "second", "")
	response, _ := f.raw(t, account, "GET", "/kept/key", nil, "")
	if response.StatusCode != 404 || response.Header.Get("X-Amz-Delete-Marker") != "true" {
		t.Errorf("GET under a marker answers %s, %v", response.Status, response.Header)
	}

	_, err = client.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String("kept")})
	wantCode(t, err, "BucketNotEmpty")

	// The marker goes: the newest version is current again.
	gone, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{
		Bucket: aws.String("kept"), Key: aws.String("key"), VersionId: marker.VersionId,
	})
	wantCode(t, err, "")
	if gone.DeleteMarker == nil || !*gone.DeleteMarker {
		t.Errorf("removal of a marker answers %+v", gone)
	}
	want("", "second", "")

	// Suspended: writes and deletes replace the version null and leave the others.
	setVersioning(t, client, "kept", types.BucketVersioningStatusSuspended)
	put(t.Context(), t, client, "kept", "key", "suspended")
	want("null", "suspended", "")
	want("", "suspended", "")
	_, err = client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("kept"), Key: aws.String("key")})
	wantCode(t, err, "")
	want("", "", "NoSuchKey")
	want(first, "first", "")

	list, err := client.ListObjectVersions(t.Context(), &awss3.ListObjectVersionsInput{Bucket: aws.String("kept")})
	wantCode(t, err, "")
	var ids []string
	for _, v := range list.Versions {
		ids = append(ids, *v.VersionId)
		if *v.IsLatest {
			t.Errorf("version %s under a marker is the latest", *v.VersionId)
		}
	}
	if diff := cmp.Diff([]string{second, first}, ids); diff != "" {
		t.Error(diff)
	}
	if len(list.DeleteMarkers) != 1 || *list.DeleteMarkers[0].VersionId != "null" || !*list.DeleteMarkers[0].IsLatest {
		t.Errorf("markers are %+v", list.DeleteMarkers)
	}
	for _, id := range append(ids, "null") {
		_, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{
			Bucket: aws.String("kept"), Key: aws.String("key"), VersionId: &id,
		})
		wantCode(t, err, "")
	}
	_, err = client.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String("kept")})
	wantCode(t, err, "")
	if kept, incoming := f.files(t); kept != 0 || incoming != 0 {
		t.Errorf("%d bodies kept, %d incoming after the bucket is gone", kept, incoming)
	}
}

func setVersioning(t *testing.T, client *awss3.Client, bucket string, status types.BucketVersioningStatus) {
	t.Helper()
	_, err := client.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	wantCode(t, err, "")
}

func TestBatchDelete(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "batch")
	for _, key := range []string{"a", "b", "c"} {
		put(t.Context(), t, client, "batch", key, key)
	}
	out, err := client.DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{
		Bucket: aws.String("batch"),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{
			{Key: aws.String("a")},
			{Key: aws.String("missing")},
			{Key: aws.String("b"), ETag: aws.String(`"x"`)},
			{Key: aws.String("c"), VersionId: aws.String("null")},
		}},
	})
	wantCode(t, err, "")
	if len(out.Deleted) != 3 || len(out.Errors) != 1 || *out.Errors[0].Code != "PreconditionFailed" || *out.Errors[0].Key != "b" {
		t.Errorf("answer is %+v, errors %+v", out.Deleted, out.Errors)
	}
	var needs []string
	for _, access := range f.last(t).Access {
		needs = append(needs, access.Action+" "+access.Resource)
	}
	if diff := cmp.Diff([]string{
		"s3:DeleteObject arn:aws:s3:::batch/a", "s3:DeleteObject arn:aws:s3:::batch/missing",
		"s3:DeleteObject arn:aws:s3:::batch/b", "s3:DeleteObjectVersion arn:aws:s3:::batch/c",
	}, needs); diff != "" {
		t.Error(diff)
	}
	out, err = client.DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{
		Bucket: aws.String("batch"),
		Delete: &types.Delete{Quiet: aws.Bool(true), Objects: []types.ObjectIdentifier{{Key: aws.String("b")}}},
	})
	wantCode(t, err, "")
	if len(out.Deleted) != 0 {
		t.Errorf("a quiet batch tells %+v", out.Deleted)
	}
	if kept, _ := f.files(t); kept != 0 {
		t.Errorf("%d bodies remain", kept)
	}
}
