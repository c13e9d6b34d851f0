/** Software that requests another instance from its master, for tests of the door from inside. */

/** Asks with nothing but what every Perl has, says what it was answered, and stays. */
const REQUEST = `use IO::Socket::INET; $| = 1;
open(U, '/srv/conf/master'); my (undef, $url, $computer, $partition) = split /\\s+/, join('', <U>);
my ($host, $path) = $url =~ m{^http://([^/]+)(/.*)$};
sub field { my $t = shift; $t =~ s/([^A-Za-z0-9])/sprintf('%%%02X', ord($1))/ge; $t }
my %f = (software_release => 'slapgrid:sample', software_type => 'default', partition_reference => 'child',
  computer_id => $computer, computer_partition_id => $partition, state => '<marshal><none/></marshal>',
  shared_xml => '<marshal><bool>0</bool></marshal>', partition_parameter_xml => '<marshal><dictionary id="i2"/></marshal>',
  filter_xml => "<marshal><dictionary id='i2'><string>computer_guid</string><string>$computer</string></dictionary></marshal>");
my $body = join('&', map { $_ . '=' . field($f{$_}) } keys %f);
my $s = IO::Socket::INET->new($host) or die "no door: $!";
print $s "POST \${path}requestComputerPartition HTTP/1.1\\r\\nHost: $host\\r\\nConnection: close\\r\\n" .
  "Content-Type: application/x-www-form-urlencoded\\r\\nContent-Length: " . length($body) . "\\r\\n\\r\\n$body";
my $answer = <$s>; open(A, '>', '/srv/data/answer'); print A $answer; close(A); sleep;
`;

/** Its service asks the master for a child when it starts. */
export const ASKING_SOFTWARE = {
  schema: 1,
  name: 'sample',
  title: 'Sample',
  description: 'For tests.',
  category: 'cache',
  version: '1',
  components: [{ provider: 'apt', packages: ['hello'] }],
  types: {
    default: {
      files: [
        {
          path: 'master',
          format: 'text',
          content: 'master {{ slap.url }} {{ slap.computer }} {{ slap.partition }}',
        },
        { path: 'request.pl', format: 'text', content: REQUEST },
      ],
      services: [{ name: 'main', command: ['/usr/bin/perl', '/srv/conf/request.pl'] }],
      promises: [{ name: 'asked', kind: 'command', command: ['/usr/bin/test', '-s', '/srv/data/answer'] }],
    },
  },
};
