package sample

// decky is one decoy machine and the services that it simulates.
type decky struct {
	name     string
	services []string
}

// fleet is the deployment that the data was collected on.
var fleet = []decky{
	{"decky-bastion-01", []string{"ssh"}},
	{"decky-bastion-02", []string{"ssh", "telnet"}},
	{"decky-web-01", []string{"http", "https", "ssh"}},
	{"decky-web-02", []string{"http", "https", "ssh"}},
	{"decky-shop-01", []string{"http", "https", "mysql"}},
	{"decky-mail-01", []string{"smtp", "imap", "ssh"}},
	{"decky-mail-02", []string{"smtp"}},
	{"decky-db-01", []string{"mysql", "ssh"}},
	{"decky-db-02", []string{"mysql", "postgres"}},
	{"decky-db-03", []string{"postgres", "ssh"}},
	{"decky-cache-01", []string{"redis", "ssh"}},
	{"decky-cache-02", []string{"redis"}},
	{"decky-k8s-01", []string{"docker_api", "ssh"}},
	{"decky-ci-01", []string{"docker_api", "ssh", "http"}},
	{"decky-dc-01", []string{"ldap", "smb", "rdp"}},
	{"decky-file-01", []string{"smb", "ftp"}},
	{"decky-router-01", []string{"telnet", "tftp", "snmp"}},
	{"decky-cam-01", []string{"telnet", "http"}},
	{"decky-cam-02", []string{"telnet", "http"}},
	{"decky-scada-01", []string{"modbus", "vnc", "ssh"}},
	{"decky-büro-01", []string{"ssh", "smb", "rdp"}},
}

// offering lists the deckies of each service, in the order of fleet.
var offering = func() map[string][]string {
	m := map[string][]string{}
	for _, d := range fleet {
		for _, s := range d.services {
			m[s] = append(m[s], d.name)
		}
	}
	return m
}()
