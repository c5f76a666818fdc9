package command

// awaited are flags, variables and tests that deployed files and docs/security.md name before they exist.
var awaited = map[string]bool{
	"access-db": true, "admin-listen": true, "base-path": true, "behind-proxy": true, "config": true, "cors-origin": true,
	"db-password-file": true, "expires": true, "log-format": true, "name": true, "network": true, "role": true,
	"tls-cert": true, "tls-client-ca": true, "tls-key": true, "trusted-proxy": true, "url": true,
	"DECNET_GRAPH_ACCESS_DB": true, "DECNET_GRAPH_ADMIN_LISTEN": true,
	"DECNET_GRAPH_DB_PASSWORD_FILE": true, "DECNET_GRAPH_LOG_FORMAT": true, "DECNET_GRAPH_TLS_CERT": true, "DECNET_GRAPH_TLS_KEY": true,
	"DECNET_GRAPH_CONFIG": true, "DECNET_GRAPH_ADMIN_OPEN": true,
	"FuzzForwardedHeaders":                                        true,
	"TestClearTextIsForProxiesAndThisMachine":                     true,
	"TestDocumentsThatAreNotTrusted":                              true,
	"TestDocumentsThatAreNotTrustedAreLoggedOnceAndWithoutValues": true,
	"TestEveryAnswerHasSecurityHeaders":                           true,
	"TestHashesAreRegisteredByThoseWhoAreSignedIn":                true,
	"TestHeadersOfProxiesAreBelievedFromTheirNetworksOnly":        true,
	"TestOnlyTLS13AndHTTP1AreSpoken":                              true,
	"TestPagesOfAllowedOriginsMayUseTheAPI":                       true,
	"TestRegisteredTextsAreBounded":                               true,
	"TestSecretsAreNeverPrinted":                                  true,
	"TestSecretsAreReadFromFiles":                                 true,
	"TestServersShareARate":                                       true,
	"TestSlowClientsAreCutOffUnderTLS":                            true,
	"TestUnsafeAddressesAreRefused":                               true,
}
