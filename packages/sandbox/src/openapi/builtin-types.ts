/**
 * The types of the built-in kinds, a line each, derived from the OpenAPI documents of the real API server by the record script of the tests.
 *
 * A line after `# package` is: the name; `(group/version)` of a kind, which then has apiVersion, kind and metadata too; `@` when it is
 * merged as a whole; the members. A member is: its name; `!` when the server always writes it; `:` and its type; `=` when it is an object that is
 * always there; `~strategy~key` of strategic merge patch; `="default"`. Types: s text, i and l whole numbers of 32 and 64 bits, n number, b boolean, B bytes,
 * t time, q quantity, x number or text, any, meta; `[type]` list, `[set|type]`, `[key,key|type]` map by keys; `{type}` object with members
 * of any name; otherwise a type by its name.
 */
export const BUILTIN_TYPES: string = `
# io.k8s.api.admissionregistration.v1
ApplyConfiguration expression:s
AuditAnnotation key!:s valueExpression!:s
ExpressionWarning fieldRef!:s warning!:s
JSONPatch expression:s
MatchCondition expression!:s name!:s
MatchResources@ excludeResourceRules:[NamedRuleWithOperations] matchPolicy:s namespaceSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector objectSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector resourceRules:[NamedRuleWithOperations]
MutatingAdmissionPolicy(admissionregistration.k8s.io/v1) spec:MutatingAdmissionPolicySpec=
MutatingAdmissionPolicyBinding(admissionregistration.k8s.io/v1) spec:MutatingAdmissionPolicyBindingSpec=
MutatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName:s
MutatingAdmissionPolicySpec failurePolicy:s matchConditions:[name|MatchCondition]~merge~name matchConstraints:MatchResources mutations:[Mutation] paramKind:ParamKind reinvocationPolicy:s variables:[Variable]
MutatingWebhook admissionReviewVersions!:[s] clientConfig!:WebhookClientConfig= failurePolicy:s matchConditions:[name|MatchCondition]~merge~name matchPolicy:s name!:s namespaceSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector objectSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector reinvocationPolicy:s rules:[RuleWithOperations] sideEffects!:s timeoutSeconds:i
MutatingWebhookConfiguration(admissionregistration.k8s.io/v1) webhooks:[name|MutatingWebhook]~merge~name
Mutation applyConfiguration:ApplyConfiguration jsonPatch:JSONPatch patchType!:s
NamedRuleWithOperations@ apiGroups:[s] apiVersions:[s] operations:[s] resourceNames:[s] resources:[s] scope:s
ParamKind@ apiVersion:s kind:s
ParamRef@ name:s namespace:s parameterNotFoundAction:s selector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
RuleWithOperations apiGroups:[s] apiVersions:[s] operations:[s] resources:[s] scope:s
ServiceReference name!:s namespace!:s path:s port:i
TypeChecking expressionWarnings:[ExpressionWarning]
ValidatingAdmissionPolicy(admissionregistration.k8s.io/v1) spec:ValidatingAdmissionPolicySpec= status:ValidatingAdmissionPolicyStatus=
ValidatingAdmissionPolicyBinding(admissionregistration.k8s.io/v1) spec!:ValidatingAdmissionPolicyBindingSpec=
ValidatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName!:s validationActions!:[set|s]
ValidatingAdmissionPolicySpec auditAnnotations:[AuditAnnotation] failurePolicy:s matchConditions:[name|MatchCondition]~merge~name matchConstraints:MatchResources paramKind:ParamKind validations:[Validation] variables:[name|Variable]~merge~name
ValidatingAdmissionPolicyStatus conditions:[type|io.k8s.apimachinery.pkg.apis.meta.v1.Condition] observedGeneration:l typeChecking:TypeChecking
ValidatingWebhook admissionReviewVersions!:[s] clientConfig!:WebhookClientConfig= failurePolicy:s matchConditions:[name|MatchCondition]~merge~name matchPolicy:s name!:s namespaceSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector objectSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector rules:[RuleWithOperations] sideEffects!:s timeoutSeconds:i
ValidatingWebhookConfiguration(admissionregistration.k8s.io/v1) webhooks:[name|ValidatingWebhook]~merge~name
Validation expression!:s message:s messageExpression:s reason:s
Variable@ expression!:s name!:s
WebhookClientConfig caBundle:B service:ServiceReference url:s
# io.k8s.api.apps.v1
ControllerRevision(apps/v1) data:any revision!:l
DaemonSet(apps/v1) spec:DaemonSetSpec= status:DaemonSetStatus=
DaemonSetCondition lastTransitionTime:t message:s reason:s status!:s type!:s
DaemonSetSpec minReadySeconds:i revisionHistoryLimit:i selector!:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector template!:io.k8s.api.core.v1.PodTemplateSpec= updateStrategy:DaemonSetUpdateStrategy=
DaemonSetStatus collisionCount:i conditions:[type|DaemonSetCondition]~merge~type currentNumberScheduled!:i desiredNumberScheduled!:i numberAvailable:i numberMisscheduled!:i numberReady!:i numberUnavailable:i observedGeneration:l updatedNumberScheduled:i
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:s
Deployment(apps/v1) spec:DeploymentSpec= status:DeploymentStatus=
DeploymentCondition lastTransitionTime:t lastUpdateTime:t message:s reason:s status!:s type!:s
DeploymentSpec minReadySeconds:i paused:b progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i selector!:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector strategy:DeploymentStrategy=~retainKeys~ template!:io.k8s.api.core.v1.PodTemplateSpec=
DeploymentStatus availableReplicas:i collisionCount:i conditions:[type|DeploymentCondition]~merge~type observedGeneration:l readyReplicas:i replicas:i terminatingReplicas:i unavailableReplicas:i updatedReplicas:i
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:s
ReplicaSet(apps/v1) spec:ReplicaSetSpec= status:ReplicaSetStatus=
ReplicaSetCondition lastTransitionTime:t message:s reason:s status!:s type!:s
ReplicaSetSpec minReadySeconds:i replicas:i selector!:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector template:io.k8s.api.core.v1.PodTemplateSpec=
ReplicaSetStatus availableReplicas:i conditions:[type|ReplicaSetCondition]~merge~type fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas!:i terminatingReplicas:i
RollingUpdateDaemonSet maxSurge:x maxUnavailable:x
RollingUpdateDeployment maxSurge:x maxUnavailable:x
RollingUpdateStatefulSetStrategy maxUnavailable:x partition:i
StatefulSet(apps/v1) spec:StatefulSetSpec= status:StatefulSetStatus=
StatefulSetCondition lastTransitionTime:t message:s reason:s status!:s type!:s
StatefulSetOrdinals start:i=0
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s whenScaled:s
StatefulSetSpec minReadySeconds:i ordinals:StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:s replicas:i revisionHistoryLimit:i selector!:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector serviceName:s="" template!:io.k8s.api.core.v1.PodTemplateSpec= updateStrategy:StatefulSetUpdateStrategy= volumeClaimTemplates:[io.k8s.api.core.v1.PersistentVolumeClaim]
StatefulSetStatus availableReplicas:i=0 collisionCount:i conditions:[type|StatefulSetCondition]~merge~type currentReplicas:i currentRevision:s observedGeneration:l readyReplicas:i replicas!:i updateRevision:s updatedReplicas:i
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:s
# io.k8s.api.authentication.v1
SelfSubjectReview(authentication.k8s.io/v1) status:SelfSubjectReviewStatus=
SelfSubjectReviewStatus userInfo:UserInfo=
TokenReview(authentication.k8s.io/v1) spec!:TokenReviewSpec= status:TokenReviewStatus=
TokenReviewSpec audiences:[s] token!:s
TokenReviewStatus audiences:[s] authenticated:b error:s user:UserInfo=
UserInfo extra:{[s]} groups:[s] uid:s username:s
# io.k8s.api.authorization.v1
FieldSelectorAttributes rawSelector:s requirements:[io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement]
LabelSelectorAttributes rawSelector:s requirements:[io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement]
LocalSubjectAccessReview(authorization.k8s.io/v1) spec!:SubjectAccessReviewSpec= status:SubjectAccessReviewStatus=
NonResourceAttributes path:s verb:s
NonResourceRule nonResourceURLs:[s] verbs!:[s]
ResourceAttributes fieldSelector:FieldSelectorAttributes group:s labelSelector:LabelSelectorAttributes name:s namespace:s resource:s subresource:s verb:s version:s
ResourceRule apiGroups:[s] resourceNames:[s] resources:[s] verbs!:[s]
SelfSubjectAccessReview(authorization.k8s.io/v1) spec!:SelfSubjectAccessReviewSpec= status:SubjectAccessReviewStatus=
SelfSubjectAccessReviewSpec nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes
SelfSubjectRulesReview(authorization.k8s.io/v1) spec!:SelfSubjectRulesReviewSpec= status:SubjectRulesReviewStatus=
SelfSubjectRulesReviewSpec namespace:s
SubjectAccessReview(authorization.k8s.io/v1) spec!:SubjectAccessReviewSpec= status:SubjectAccessReviewStatus=
SubjectAccessReviewSpec extra:{[s]} groups:[s] nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes uid:s user:s
SubjectAccessReviewStatus allowed!:b denied:b evaluationError:s reason:s
SubjectRulesReviewStatus evaluationError:s incomplete!:b nonResourceRules!:[NonResourceRule] resourceRules!:[ResourceRule]
# io.k8s.api.autoscaling.v1
Scale(autoscaling/v1) spec:ScaleSpec= status:ScaleStatus=
ScaleSpec replicas:i=0
ScaleStatus replicas!:i selector:s
# io.k8s.api.batch.v1
CronJob(batch/v1) spec!:CronJobSpec= status:CronJobStatus=
CronJobSpec concurrencyPolicy:s failedJobsHistoryLimit:i jobTemplate!:JobTemplateSpec= schedule!:s startingDeadlineSeconds:l successfulJobsHistoryLimit:i suspend:b timeZone:s
CronJobStatus active:[io.k8s.api.core.v1.ObjectReference] lastScheduleTime:t lastSuccessfulTime:t
Job(batch/v1) spec:JobSpec= status:JobStatus=
JobCondition lastProbeTime:t lastTransitionTime:t message:s reason:s status!:s type!:s
JobSpec activeDeadlineSeconds:l backoffLimit:i backoffLimitPerIndex:i completionMode:s completions:i managedBy:s manualSelector:b maxFailedIndexes:i parallelism:i podFailurePolicy:PodFailurePolicy podReplacementPolicy:s selector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector successPolicy:SuccessPolicy suspend:b template!:io.k8s.api.core.v1.PodTemplateSpec= ttlSecondsAfterFinished:i
JobStatus active:i completedIndexes:s completionTime:t conditions:[JobCondition]~merge~type failed:i failedIndexes:s ready:i startTime:t succeeded:i terminating:i uncountedTerminatedPods:UncountedTerminatedPods
JobTemplateSpec metadata:meta= spec:JobSpec=
PodFailurePolicy rules!:[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement containerName:s operator!:s values!:[set|i]
PodFailurePolicyOnPodConditionsPattern status:s="" type!:s
PodFailurePolicyRule action!:s onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
SuccessPolicy rules!:[SuccessPolicyRule]
SuccessPolicyRule succeededCount:i succeededIndexes:s
UncountedTerminatedPods failed:[set|s] succeeded:[set|s]
# io.k8s.api.coordination.v1
Lease(coordination.k8s.io/v1) spec:LeaseSpec=
LeaseSpec acquireTime:t holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s renewTime:t strategy:s
# io.k8s.api.core.v1
AWSElasticBlockStoreVolumeSource fsType:s partition:i readOnly:b volumeID!:s
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
AppArmorProfile localhostProfile:s type!:s
AttachedVolume devicePath!:s name!:s
AzureDiskVolumeSource cachingMode:s="ReadWrite" diskName!:s diskURI!:s fsType:s="ext4" kind:s="Shared" readOnly:b=false
AzureFileVolumeSource readOnly:b secretName!:s shareName!:s
CSIVolumeSource driver!:s fsType:s nodePublishSecretRef:LocalObjectReference readOnly:b volumeAttributes:{s}
Capabilities add:[s] drop:[s]
CephFSVolumeSource monitors!:[s] path:s readOnly:b secretFile:s secretRef:LocalObjectReference user:s
CinderVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeID!:s
ClientIPConfig timeoutSeconds:i
ClusterTrustBundleProjection labelSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector name:s optional:b path!:s signerName:s
ConfigMap(/v1) binaryData:{B} data:{s} immutable:b
ConfigMapEnvSource name:s="" optional:b
ConfigMapKeySelector@ key!:s name:s="" optional:b
ConfigMapNodeConfigSource kubeletConfigKey!:s name!:s namespace!:s resourceVersion:s uid:s
ConfigMapProjection items:[KeyToPath] name:s="" optional:b
ConfigMapVolumeSource defaultMode:i items:[KeyToPath] name:s="" optional:b
Container args:[s] command:[s] env:[name|EnvVar]~merge~name envFrom:[EnvFromSource] image:s imagePullPolicy:s lifecycle:Lifecycle livenessProbe:Probe name!:s ports:[containerPort,protocol|ContainerPort]~merge~containerPort readinessProbe:Probe resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements= restartPolicy:s restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:[devicePath|VolumeDevice]~merge~devicePath volumeMounts:[mountPath|VolumeMount]~merge~mountPath workingDir:s
ContainerExtendedResourceRequest containerName!:s requestName!:s resourceName!:s
ContainerImage names:[s] sizeBytes:l
ContainerPort containerPort!:i hostIP:s hostPort:i name:s protocol:s="TCP"
ContainerResizePolicy resourceName!:s restartPolicy!:s
ContainerRestartRule action!:s exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes operator!:s values:[set|i]
ContainerState running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
ContainerStateRunning startedAt:t
ContainerStateTerminated containerID:s exitCode!:i finishedAt:t message:s reason:s signal:i startedAt:t
ContainerStateWaiting message:s reason:s
ContainerStatus allocatedResources:{q} allocatedResourcesStatus:[name|ResourceStatus]~merge~name containerID:s image!:s imageID!:s lastState:ContainerState= name!:s ready!:b resources:ResourceRequirements restartCount!:i started:b state:ContainerState= stopSignal:s user:ContainerUser volumeMounts:[mountPath|VolumeMountStatus]~merge~mountPath
ContainerUser linux:LinuxContainerUser
DaemonEndpoint Port!:i
DownwardAPIProjection items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile fieldRef:ObjectFieldSelector mode:i path!:s resourceFieldRef:ResourceFieldSelector
DownwardAPIVolumeSource defaultMode:i items:[DownwardAPIVolumeFile]
EmptyDirVolumeSource medium:s sizeLimit:q
EndpointAddress@ hostname:s ip!:s nodeName:s targetRef:ObjectReference
EndpointPort@ appProtocol:s name:s port!:i protocol:s
EndpointSubset addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[EndpointPort]
Endpoints(/v1) subsets:[EndpointSubset]
EnvFromSource configMapRef:ConfigMapEnvSource prefix:s secretRef:SecretEnvSource
EnvVar name!:s value:s valueFrom:EnvVarSource
EnvVarSource configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
EphemeralContainer args:[s] command:[s] env:[name|EnvVar]~merge~name envFrom:[EnvFromSource] image:s imagePullPolicy:s lifecycle:Lifecycle livenessProbe:Probe name!:s ports:[containerPort,protocol|ContainerPort]~merge~containerPort readinessProbe:Probe resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements= restartPolicy:s restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b targetContainerName:s terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:[devicePath|VolumeDevice]~merge~devicePath volumeMounts:[mountPath|VolumeMount]~merge~mountPath workingDir:s
EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
Event(/v1) action:s count:i eventTime:t firstTimestamp:t involvedObject!:ObjectReference= lastTimestamp:t message:s reason:s related:ObjectReference reportingComponent:s="" reportingInstance:s="" series:EventSeries source:EventSource= type:s
EventSeries count:i lastObservedTime:t
EventSource component:s host:s
ExecAction command:[s]
FCVolumeSource fsType:s lun:i readOnly:b targetWWNs:[s] wwids:[s]
FileKeySelector@ key!:s optional:b=false path!:s volumeName!:s
FlexVolumeSource driver!:s fsType:s options:{s} readOnly:b secretRef:LocalObjectReference
FlockerVolumeSource datasetName:s datasetUUID:s
GCEPersistentDiskVolumeSource fsType:s partition:i pdName!:s readOnly:b
GRPCAction port!:i service:s=""
GitRepoVolumeSource directory:s repository!:s revision:s
GlusterfsVolumeSource endpoints!:s path!:s readOnly:b
HTTPGetAction host:s httpHeaders:[HTTPHeader] path:s port!:x scheme:s
HTTPHeader name!:s value!:s
HostAlias hostnames:[s] ip!:s
HostIP ip!:s
HostPathVolumeSource path!:s type:s
ISCSIVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!:s iscsiInterface:s="default" lun!:i portals:[s] readOnly:b secretRef:LocalObjectReference targetPortal!:s
ImageVolumeSource pullPolicy:s reference:s
ImageVolumeStatus imageRef!:s
KeyToPath key!:s mode:i path!:s
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s
LifecycleHandler exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
LinuxContainerUser gid!:l supplementalGroups:[l] uid!:l
LoadBalancerIngress hostname:s ip:s ipMode:s ports:[PortStatus]
LoadBalancerStatus ingress:[LoadBalancerIngress]
LocalObjectReference@ name:s=""
ModifyVolumeStatus status!:s targetVolumeAttributesClassName:s
NFSVolumeSource path!:s readOnly:b server!:s
Namespace(/v1) spec:NamespaceSpec= status:NamespaceStatus=
NamespaceCondition lastTransitionTime:t message:s reason:s status!:s type!:s
NamespaceSpec finalizers:[s]
NamespaceStatus conditions:[type|NamespaceCondition]~merge~type phase:s
Node(/v1) spec:NodeSpec= status:NodeStatus=
NodeAddress address!:s type!:s
NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm] requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
NodeAllocatableResourceClaimStatus containers:[set|s] resourceClaimName!:s resources!:{q}
NodeCondition lastHeartbeatTime:t lastTransitionTime:t message:s reason:s status!:s type!:s
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodeConfigStatus active:NodeConfigSource assigned:NodeConfigSource error:s lastKnownGood:NodeConfigSource
NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint=
NodeFeatures supplementalGroupsPolicy:b
NodeRuntimeHandler features:NodeRuntimeHandlerFeatures name:s=""
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:b userNamespaces:b
NodeSelector@ nodeSelectorTerms!:[NodeSelectorTerm]
NodeSelectorRequirement key!:s operator!:s values:[s]
NodeSelectorTerm@ matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSpec configSource:NodeConfigSource externalID:s podCIDR:s podCIDRs:[set|s]~merge~ providerID:s taints:[Taint] unschedulable:b
NodeStatus addresses:[type|NodeAddress]~merge~type allocatable:{q} capacity:{q} conditions:[type|NodeCondition]~merge~type config:NodeConfigStatus daemonEndpoints:NodeDaemonEndpoints= declaredFeatures:[s] features:NodeFeatures images:[ContainerImage] nodeInfo:NodeSystemInfo= phase:s runtimeHandlers:[NodeRuntimeHandler] volumesAttached:[AttachedVolume] volumesInUse:[s]
NodeSwapStatus capacity:l
NodeSystemInfo architecture!:s bootID!:s containerRuntimeVersion!:s kernelVersion!:s kubeProxyVersion!:s kubeletVersion!:s machineID!:s operatingSystem!:s osImage!:s swap:NodeSwapStatus systemUUID!:s
ObjectFieldSelector@ apiVersion:s fieldPath!:s
ObjectReference@ apiVersion:s fieldPath:s kind:s name:s namespace:s resourceVersion:s uid:s
PersistentVolumeClaim(/v1) spec:PersistentVolumeClaimSpec= status:PersistentVolumeClaimStatus=
PersistentVolumeClaimCondition lastProbeTime:t lastTransitionTime:t message:s reason:s status!:s type!:s
PersistentVolumeClaimSpec accessModes:[s] dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements= selector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector storageClassName:s volumeAttributesClassName:s volumeMode:s volumeName:s
PersistentVolumeClaimStatus accessModes:[s] allocatedResourceStatuses:{s} allocatedResources:{q} capacity:{q} conditions:[type|PersistentVolumeClaimCondition]~merge~type currentVolumeAttributesClassName:s modifyVolumeStatus:ModifyVolumeStatus phase:s
PersistentVolumeClaimTemplate metadata:meta= spec!:PersistentVolumeClaimSpec=
PersistentVolumeClaimVolumeSource claimName!:s readOnly:b
PhotonPersistentDiskVolumeSource fsType:s pdID!:s
Pod(/v1) spec:PodSpec= status:PodStatus=
PodAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
PodAffinityTerm labelSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector matchLabelKeys:[s] mismatchLabelKeys:[s] namespaceSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector namespaces:[s] topologyKey!:s
PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
PodCertificateProjection certificateChainPath:s credentialBundlePath:s keyPath:s keyType!:s maxExpirationSeconds:i signerName!:s userAnnotations:{s}
PodCondition lastProbeTime:t lastTransitionTime:t message:s observedGeneration:l reason:s status!:s type!:s
PodDNSConfig nameservers:[s] options:[PodDNSConfigOption] searches:[s]
PodDNSConfigOption name:s value:s
PodExtendedResourceClaimStatus requestMappings!:[ContainerExtendedResourceRequest] resourceClaimName!:s
PodIP ip!:s
PodOS name!:s
PodReadinessGate conditionType!:s
PodResourceClaim name!:s resourceClaimName:s resourceClaimTemplateName:s
PodResourceClaimStatus name!:s resourceClaimName:s
PodSchedulingGate name!:s
PodSchedulingGroup podGroupName:s
PodSecurityContext appArmorProfile:AppArmorProfile fsGroup:l fsGroupChangePolicy:s runAsGroup:l runAsNonRoot:b runAsUser:l seLinuxChangePolicy:s seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:[l] supplementalGroupsPolicy:s sysctls:[Sysctl] windowsOptions:WindowsSecurityContextOptions
PodSpec activeDeadlineSeconds:l affinity:Affinity automountServiceAccountToken:b containers!:[name|Container]~merge~name dnsConfig:PodDNSConfig dnsPolicy:s enableServiceLinks:b ephemeralContainers:[name|EphemeralContainer]~merge~name hostAliases:[ip|HostAlias]~merge~ip hostIPC:b hostNetwork:b hostPID:b hostUsers:b hostname:s hostnameOverride:s imagePullSecrets:[name|LocalObjectReference]~merge~name initContainers:[name|Container]~merge~name nodeName:s nodeSelector:{s}@ os:PodOS overhead:{q} preemptionPolicy:s priority:i priorityClassName:s readinessGates:[PodReadinessGate] resourceClaims:[name|PodResourceClaim]~merge,retainKeys~name resources:ResourceRequirements restartPolicy:s runtimeClassName:s schedulerName:s schedulingGates:[name|PodSchedulingGate]~merge~name schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount:s serviceAccountName:s setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:l tolerations:[Toleration] topologySpreadConstraints:[topologyKey,whenUnsatisfiable|TopologySpreadConstraint]~merge~topologyKey volumes:[name|Volume]~merge,retainKeys~name
PodStatus allocatedResources:{q} conditions:[type|PodCondition]~merge~type containerStatuses:[ContainerStatus] ephemeralContainerStatuses:[ContainerStatus] extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:s hostIPs:[HostIP]~merge~ip initContainerStatuses:[ContainerStatus] message:s nodeAllocatableResourceClaimStatuses:[NodeAllocatableResourceClaimStatus] nominatedNodeName:s observedGeneration:l phase:s podIP:s podIPs:[ip|PodIP]~merge~ip qosClass:s reason:s resize:s resourceClaimStatuses:[name|PodResourceClaimStatus]~merge,retainKeys~name resources:ResourceRequirements startTime:t
PodTemplateSpec metadata:meta= spec:PodSpec=
PortStatus error:s port!:i protocol!:s
PortworxVolumeSource fsType:s readOnly:b volumeID!:s
PreferredSchedulingTerm preference!:NodeSelectorTerm= weight!:i
Probe exec:ExecAction failureThreshold:i grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:i periodSeconds:i successThreshold:i tcpSocket:TCPSocketAction terminationGracePeriodSeconds:l timeoutSeconds:i
ProjectedVolumeSource defaultMode:i sources:[VolumeProjection]
QuobyteVolumeSource group:s readOnly:b registry!:s tenant:s user:s volume!:s
RBDVolumeSource fsType:s image!:s keyring:s="/etc/ceph/keyring" monitors!:[s] pool:s="rbd" readOnly:b secretRef:LocalObjectReference user:s="admin"
ResourceClaim name!:s request:s
ResourceFieldSelector@ containerName:s divisor:q resource!:s
ResourceHealth health:s message:s resourceID!:s
ResourceRequirements claims:[name|ResourceClaim] limits:{q} requests:{q}
ResourceStatus name!:s resources:[resourceID|ResourceHealth]
SELinuxOptions level:s role:s type:s user:s
ScaleIOVolumeSource fsType:s="xfs" gateway!:s protectionDomain:s readOnly:b secretRef!:LocalObjectReference sslEnabled:b storageMode:s="ThinProvisioned" storagePool:s system!:s volumeName:s
SeccompProfile localhostProfile:s type!:s
Secret(/v1) data:{B} immutable:b stringData:{s} type:s
SecretEnvSource name:s="" optional:b
SecretKeySelector@ key!:s name:s="" optional:b
SecretProjection items:[KeyToPath] name:s="" optional:b
SecretVolumeSource defaultMode:i items:[KeyToPath] optional:b secretName:s
SecurityContext allowPrivilegeEscalation:b appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:l runAsNonRoot:b runAsUser:l seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
Service(/v1) spec:ServiceSpec= status:ServiceStatus=
ServiceAccount(/v1) automountServiceAccountToken:b imagePullSecrets:[LocalObjectReference] secrets:[name|ObjectReference]~merge~name
ServiceAccountTokenProjection audience:s expirationSeconds:l path!:s
ServicePort appProtocol:s name:s nodePort:i port!:i protocol:s="TCP" targetPort:x
ServiceSpec allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s] externalIPs:[s] externalName:s externalTrafficPolicy:s healthCheckNodePort:i internalTrafficPolicy:s ipFamilies:[s] ipFamilyPolicy:s loadBalancerClass:s loadBalancerIP:s loadBalancerSourceRanges:[s] ports:[port,protocol|ServicePort]~merge~port publishNotReadyAddresses:b selector:{s}@ sessionAffinity:s sessionAffinityConfig:SessionAffinityConfig trafficDistribution:s type:s
ServiceStatus conditions:[type|io.k8s.apimachinery.pkg.apis.meta.v1.Condition]~merge~type loadBalancer:LoadBalancerStatus=
SessionAffinityConfig clientIP:ClientIPConfig
SleepAction seconds!:l
StorageOSVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeName:s volumeNamespace:s
Sysctl name!:s value!:s
TCPSocketAction host:s port!:x
Taint effect!:s key!:s timeAdded:t value:s
Toleration effect:s key:s operator:s tolerationSeconds:l value:s
TopologySelectorLabelRequirement key!:s values!:[s]
TopologySelectorTerm@ matchLabelExpressions:[TopologySelectorLabelRequirement]
TopologySpreadConstraint labelSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector matchLabelKeys:[s] maxSkew!:i minDomains:i nodeAffinityPolicy:s nodeTaintsPolicy:s topologyKey!:s whenUnsatisfiable!:s
TypedLocalObjectReference@ apiGroup:s kind!:s name!:s
TypedObjectReference apiGroup:s kind!:s name!:s namespace:s
Volume awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:ISCSIVolumeSource name!:s nfs:NFSVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource vsphereVolume:VsphereVirtualDiskVolumeSource
VolumeDevice devicePath!:s name!:s
VolumeMount mountPath!:s mountPropagation:s name!:s readOnly:b recursiveReadOnly:s subPath:s subPathExpr:s
VolumeMountStatus mountPath!:s name!:s readOnly:b recursiveReadOnly:s volumeStatus:VolumeStatus
VolumeProjection clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection
VolumeResourceRequirements limits:{q} requests:{q}
VolumeStatus image:ImageVolumeStatus
VsphereVirtualDiskVolumeSource fsType:s storagePolicyID:s storagePolicyName:s volumePath!:s
WeightedPodAffinityTerm podAffinityTerm!:PodAffinityTerm= weight!:i
WindowsSecurityContextOptions gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s
# io.k8s.api.discovery.v1
Endpoint addresses!:[set|s] conditions:EndpointConditions= deprecatedTopology:{s} hints:EndpointHints hostname:s nodeName:s targetRef:io.k8s.api.core.v1.ObjectReference zone:s
EndpointConditions ready:b serving:b terminating:b
EndpointHints forNodes:[ForNode] forZones:[ForZone]
EndpointPort@ appProtocol:s name:s port:i protocol:s
EndpointSlice(discovery.k8s.io/v1) addressType!:s endpoints:[Endpoint] ports:[EndpointPort]
ForNode name!:s
ForZone name!:s
# io.k8s.api.events.v1
Event(events.k8s.io/v1) action:s deprecatedCount:i deprecatedFirstTimestamp:t deprecatedLastTimestamp:t deprecatedSource:io.k8s.api.core.v1.EventSource= eventTime!:t note:s reason:s regarding:io.k8s.api.core.v1.ObjectReference= related:io.k8s.api.core.v1.ObjectReference reportingController:s reportingInstance:s series:EventSeries type:s
EventSeries count!:i lastObservedTime!:t
# io.k8s.api.networking.v1
HTTPIngressPath backend!:IngressBackend= path:s pathType!:s
HTTPIngressRuleValue paths!:[HTTPIngressPath]
IPBlock cidr!:s except:[s]
Ingress(networking.k8s.io/v1) spec:IngressSpec= status:IngressStatus=
IngressBackend resource:io.k8s.api.core.v1.TypedLocalObjectReference service:IngressServiceBackend
IngressLoadBalancerIngress hostname:s ip:s ports:[IngressPortStatus]
IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress]
IngressPortStatus error:s port!:i protocol!:s
IngressRule host:s http:HTTPIngressRuleValue
IngressServiceBackend name!:s port:ServiceBackendPort=
IngressSpec defaultBackend:IngressBackend ingressClassName:s rules:[IngressRule] tls:[IngressTLS]
IngressStatus loadBalancer:IngressLoadBalancerStatus=
IngressTLS hosts:[s] secretName:s
NetworkPolicy(networking.k8s.io/v1) spec:NetworkPolicySpec=
NetworkPolicyEgressRule ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
NetworkPolicyIngressRule from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector podSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector
NetworkPolicyPort endPort:i port:x protocol:s
NetworkPolicySpec egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector= policyTypes:[s]
ServiceBackendPort@ name:s number:i
# io.k8s.api.policy.v1
PodDisruptionBudget(policy/v1) spec:PodDisruptionBudgetSpec= status:PodDisruptionBudgetStatus=
PodDisruptionBudgetSpec maxUnavailable:x minAvailable:x selector:io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector~replace~ unhealthyPodEvictionPolicy:s
PodDisruptionBudgetStatus conditions:[type|io.k8s.apimachinery.pkg.apis.meta.v1.Condition]~merge~type currentHealthy:i=0 desiredHealthy:i=0 disruptedPods:{t} disruptionsAllowed:i=0 expectedPods:i=0 observedGeneration:l
# io.k8s.api.rbac.v1
AggregationRule clusterRoleSelectors:[io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector]
ClusterRole(rbac.authorization.k8s.io/v1) aggregationRule:AggregationRule rules:[PolicyRule]
ClusterRoleBinding(rbac.authorization.k8s.io/v1) roleRef!:RoleRef= subjects:[Subject]
PolicyRule apiGroups:[s] nonResourceURLs:[s] resourceNames:[s] resources:[s] verbs!:[s]
Role(rbac.authorization.k8s.io/v1) rules:[PolicyRule]
RoleBinding(rbac.authorization.k8s.io/v1) roleRef!:RoleRef= subjects:[Subject]
RoleRef@ apiGroup:s="" kind!:s name!:s
Subject@ apiGroup:s kind!:s name!:s namespace:s
# io.k8s.api.scheduling.v1
PriorityClass(scheduling.k8s.io/v1) description:s globalDefault:b preemptionPolicy:s value:i=0
# io.k8s.api.storage.v1
StorageClass(storage.k8s.io/v1) allowVolumeExpansion:b allowedTopologies:[io.k8s.api.core.v1.TopologySelectorTerm] mountOptions:[s] parameters:{s} provisioner!:s reclaimPolicy:s volumeBindingMode:s
# io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
CustomResourceColumnDefinition description:s format:s jsonPath!:s name!:s priority:i type!:s
CustomResourceConversion strategy!:s webhook:WebhookConversion
CustomResourceDefinition(apiextensions.k8s.io/v1) spec!:CustomResourceDefinitionSpec= status:CustomResourceDefinitionStatus=
CustomResourceDefinitionCondition lastTransitionTime:t message:s observedGeneration:l reason:s status!:s type!:s
CustomResourceDefinitionNames categories:[s] kind!:s listKind:s plural!:s shortNames:[s] singular:s
CustomResourceDefinitionSpec conversion:CustomResourceConversion group!:s names!:CustomResourceDefinitionNames= preserveUnknownFields:b scope!:s versions!:[CustomResourceDefinitionVersion]
CustomResourceDefinitionStatus acceptedNames:CustomResourceDefinitionNames= conditions:[type|CustomResourceDefinitionCondition] observedGeneration:l storedVersions:[s]
CustomResourceDefinitionVersion additionalPrinterColumns:[CustomResourceColumnDefinition] deprecated:b deprecationWarning:s name!:s schema:CustomResourceValidation selectableFields:[SelectableField] served!:b storage!:b subresources:CustomResourceSubresources
CustomResourceSubresourceScale labelSelectorPath:s specReplicasPath!:s statusReplicasPath!:s
CustomResourceSubresourceStatus {}
CustomResourceSubresources scale:CustomResourceSubresourceScale status:CustomResourceSubresourceStatus
CustomResourceValidation openAPIV3Schema:JSONSchemaProps
ExternalDocumentation description:s url:s
JSON any
JSONSchemaProps $ref:s $schema:s additionalItems:JSONSchemaPropsOrBool additionalProperties:JSONSchemaPropsOrBool allOf:[JSONSchemaProps] anyOf:[JSONSchemaProps] default:JSON definitions:{JSONSchemaProps} dependencies:{JSONSchemaPropsOrStringArray} description:s enum:[JSON] example:JSON exclusiveMaximum:b exclusiveMinimum:b externalDocs:ExternalDocumentation format:s id:s items:JSONSchemaPropsOrArray maxItems:l maxLength:l maxProperties:l maximum:n minItems:l minLength:l minProperties:l minimum:n multipleOf:n not:JSONSchemaProps nullable:b oneOf:[JSONSchemaProps] pattern:s patternProperties:{JSONSchemaProps} properties:{JSONSchemaProps} required:[s] title:s type:s uniqueItems:b x-kubernetes-embedded-resource:b x-kubernetes-int-or-string:b x-kubernetes-list-map-keys:[s] x-kubernetes-list-type:s x-kubernetes-map-type:s x-kubernetes-preserve-unknown-fields:b x-kubernetes-validations:[rule|ValidationRule]~merge~rule
JSONSchemaPropsOrArray any
JSONSchemaPropsOrBool any
JSONSchemaPropsOrStringArray any
SelectableField jsonPath!:s
ServiceReference name!:s namespace!:s path:s port:i
ValidationRule fieldPath:s message:s messageExpression:s optionalOldSelf:b reason:s rule!:s
WebhookClientConfig caBundle:B service:ServiceReference url:s
WebhookConversion clientConfig:WebhookClientConfig conversionReviewVersions!:[s]
# io.k8s.apimachinery.pkg.apis.meta.v1
Condition lastTransitionTime!:t message!:s observedGeneration:l reason!:s status!:s type!:s
FieldSelectorRequirement key!:s operator!:s values:[s]
LabelSelector@ matchExpressions:[LabelSelectorRequirement] matchLabels:{s}
LabelSelectorRequirement key!:s operator!:s values:[s]
`;
