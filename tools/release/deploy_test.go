// Package release pins the tools that make releases. Its tests check the files for Kubernetes and Docker Compose against
// the types of their programs, which package command, with its own dependencies, does not have.
package release

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const deploy = "../../deploy"

// manifests are the objects that kustomize makes, and the Secrets that administrators make.
type manifests struct {
	deployment appsv1.Deployment
	scaler     autoscalingv2.HorizontalPodAutoscaler
	network    networkingv1.NetworkPolicy
	disruption policyv1.PodDisruptionBudget
	service    corev1.Service
	secrets    map[string]corev1.Secret
}

// strict decodes an object; a field that its type does not have is an error.
func strict(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

func readManifests(t *testing.T) (m manifests) {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), deploy+"/kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]any{
		"apps/v1 Deployment": &m.deployment, "autoscaling/v2 HorizontalPodAutoscaler": &m.scaler, "v1 Service": &m.service,
		"networking.k8s.io/v1 NetworkPolicy": &m.network, "policy/v1 PodDisruptionBudget": &m.disruption,
	}
	for _, object := range made.Resources() {
		kind := object.GetApiVersion() + " " + object.GetKind()
		target, known := targets[kind]
		if !known {
			t.Fatalf("there is no check for %s, or there are two", kind)
		}
		delete(targets, kind)
		text, err := object.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		strict(t, text, target)
	}
	if len(targets) > 0 {
		t.Fatalf("kustomize makes no %v", targets)
	}
	text, err := os.ReadFile(deploy + "/kubernetes/secret.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m.secrets = map[string]corev1.Secret{}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var secret corev1.Secret
		strict(t, document, &secret)
		m.secrets[secret.Name] = secret
	}
	return m
}

func TestManifestsFitTogether(t *testing.T) {
	m := readManifests(t)
	pod := m.deployment.Spec.Template
	for name, selector := range map[string]map[string]string{
		"Deployment": m.deployment.Spec.Selector.MatchLabels, "Service": m.service.Spec.Selector,
		"PodDisruptionBudget": m.disruption.Spec.Selector.MatchLabels, "NetworkPolicy": m.network.Spec.PodSelector.MatchLabels,
	} {
		for key, value := range selector {
			if pod.Labels[key] != value {
				t.Errorf("the %s selects %s=%s, which the pods do not have", name, key, value)
			}
		}
		if len(selector) == 0 {
			t.Errorf("the %s selects all pods", name)
		}
	}
	if target := m.scaler.Spec.ScaleTargetRef; target.Name != m.deployment.Name || target.Kind != "Deployment" {
		t.Errorf("the autoscaler scales %v", target)
	}
	if *m.scaler.Spec.MinReplicas < 2 || m.deployment.Spec.Replicas != nil {
		t.Error("the autoscaler alone decides about the number of servers, at least two")
	}
	container := pod.Spec.Containers[0]
	var ports []string
	for _, port := range container.Ports {
		ports = append(ports, port.Name)
	}
	named := []string{m.service.Spec.Ports[0].TargetPort.StrVal}
	for _, probe := range []*corev1.Probe{container.StartupProbe, container.ReadinessProbe, container.LivenessProbe} {
		named = append(named, probe.HTTPGet.Port.StrVal)
	}
	for _, rule := range m.network.Spec.Ingress {
		named = append(named, rule.Ports[0].Port.StrVal)
	}
	for _, name := range named {
		if !slices.Contains(ports, name) {
			t.Errorf("the container has no port %q", name)
		}
	}
	if container.LivenessProbe.HTTPGet.Path != "/healthz" || container.ReadinessProbe.HTTPGet.Path != "/readyz" {
		t.Error("a database that is lost must make a server not ready; it must not restart it")
	}
}

func TestPodsRunWithoutRights(t *testing.T) {
	pod := readManifests(t).deployment.Spec.Template.Spec
	for _, container := range pod.Containers {
		security := container.SecurityContext
		if *security.AllowPrivilegeEscalation || !*security.ReadOnlyRootFilesystem || !slices.Equal(security.Capabilities.Drop, []corev1.Capability{"ALL"}) {
			t.Errorf("%s has rights: %v", container.Name, security)
		}
	}
	if !*pod.SecurityContext.RunAsNonRoot || *pod.SecurityContext.RunAsUser != 65532 || pod.SecurityContext.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("the pod has rights: %v", pod.SecurityContext)
	}
	if *pod.AutomountServiceAccountToken {
		t.Error("the server does not use Kubernetes' API")
	}
}

func TestFilesNamedInTheEnvironmentAreMounted(t *testing.T) {
	m := readManifests(t)
	pod := m.deployment.Spec.Template.Spec
	files := map[string]bool{} // of all mounted Secrets
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name == mount.Name {
				for key := range m.secrets[volume.Secret.SecretName].StringData {
					files[mount.MountPath+"/"+key] = true
				}
			}
		}
	}
	for _, variable := range pod.Containers[0].Env {
		if strings.HasPrefix(variable.Value, "/run/secrets/") && !files[variable.Value] {
			t.Errorf("%s is %s, which no Secret has: %v", variable.Name, variable.Value, files)
		}
	}
}

func TestComposeFileIsValid(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{deploy + "/compose.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context()) // checks the schema, and that services, secrets and volumes exist
	if err != nil {
		t.Fatal(err)
	}
	graph := project.Services["graph"]
	if !graph.ReadOnly || !slices.Equal(graph.CapDrop, []string{"ALL"}) || !slices.Contains(graph.SecurityOpt, "no-new-privileges:true") {
		t.Error("the server has rights that it does not need")
	}
	mounted := map[string]bool{}
	for _, secret := range graph.Secrets {
		mounted["/run/secrets/"+secret.Source] = true
	}
	for name, value := range graph.Environment {
		if strings.HasPrefix(*value, "/run/secrets/") && !mounted[*value] {
			t.Errorf("%s is %s, which is no secret of the service", name, *value)
		}
	}
	for _, service := range project.Services {
		for _, secret := range service.Secrets {
			if file := project.Secrets[secret.Source].File; !strings.Contains(file, "/deploy/secrets/") {
				t.Errorf("%s: the secret %s is in %q", service.Name, secret.Source, file)
			}
		}
	}
}
