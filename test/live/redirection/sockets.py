"""Opens sockets inside network namespaces for the live suite.

One JSON request per line on stdin, one JSON answer per line on stdout:
  {"listen": [{"netns", "name", "proto", "addr", "port", "mark"?, "transparent"?}]}   -> {"ready": n}
  {"send": [{"netns", "proto", "dst", "port", "src"?, "sport", "mark"?}], "wait": s}   -> {"results": [...]}
  {"close": true}                                                                      -> {"closed": n}
A TCP listener writes one JSON line to whoever connects; a UDP listener answers with one.
"""
import ctypes, errno, json, os, select, socket, struct, sys, time

SO_MARK, IP_TRANSPARENT, IPV6_TRANSPARENT, SO_ORIGINAL_DST = 36, 19, 75, 80
libc = ctypes.CDLL(None, use_errno=True)
opened = {}
home = os.open('/proc/self/ns/net', os.O_RDONLY)


def enter(netns):
    handle = os.open('/var/run/netns/' + netns, os.O_RDONLY)
    if libc.setns(handle, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), 'setns ' + netns)
    os.close(handle)


def leave():
    libc.setns(home, 0x40000000)


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def make(spec, address):
    enter(spec['netns'])
    try:
        kind = socket.SOCK_STREAM if spec['proto'] == 'tcp' else socket.SOCK_DGRAM
        s = socket.socket(family_of(address), kind)
    finally:
        leave()
    s.setblocking(False)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if s.family == socket.AF_INET6:
        s.setsockopt(41, 26, 1)
    if spec.get('mark'):
        s.setsockopt(socket.SOL_SOCKET, SO_MARK, spec['mark'])
    if spec.get('transparent'):
        if s.family == socket.AF_INET:
            s.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
        else:
            s.setsockopt(41, IPV6_TRANSPARENT, 1)
    return s


def text(address):
    return '%s|%d' % (address[0], address[1])


def meant(s):
    try:
        if s.family == socket.AF_INET:
            raw = s.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
            return '%s|%d' % (socket.inet_ntoa(raw[4:8]), struct.unpack('!H', raw[2:4])[0])
        raw = s.getsockopt(41, SO_ORIGINAL_DST, 28)
        return '%s|%d' % (socket.inet_ntop(socket.AF_INET6, raw[8:24]), struct.unpack('!H', raw[2:4])[0])
    except OSError:
        return None


def serve(s):
    spec = opened[s]
    try:
        if spec['proto'] == 'udp':
            _, peer = s.recvfrom(2048)
            s.sendto(json.dumps({'listener': spec['name'], 'peer': text(peer)}).encode(), peer)
            return
        c, peer = s.accept()
    except OSError:
        return
    try:
        banner = {'listener': spec['name'], 'local': text(c.getsockname()), 'peer': text(peer), 'meant': meant(c)}
        c.sendall((json.dumps(banner) + '\n').encode())
        opened[c] = {'proto': 'accepted'}
    except OSError:
        c.close()


def drain(s):
    try:
        if s.recv(4096) == b'':
            raise OSError('closed')
    except BlockingIOError:
        return
    except OSError:
        opened.pop(s, None)
        s.close()


def listen(specs):
    for spec in specs:
        s = make(spec, spec['addr'])
        s.bind((spec['addr'], spec['port']))
        if spec['proto'] == 'tcp':
            s.listen(64)
        opened[s] = spec
    return {'ready': len(specs)}


def outcome_of(code):
    return {'outcome': 'refused'} if code == errno.ECONNREFUSED else {'outcome': 'error', 'error': errno.errorcode.get(code, str(code))}


class Client:
    def __init__(self, spec):
        self.spec, self.result, self.connected, self.read = spec, None, False, b''
        self.socket = None
        try:
            bound = spec.get('src') or ('::' if ':' in spec['dst'] else '0.0.0.0')
            self.socket = make(dict(spec, transparent=spec.get('src') is not None), spec['dst'])
            self.socket.bind((bound, spec['sport']))
            self.socket.connect((spec['dst'], spec['port']))
            self.begin()
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error.errno)

    def begin(self):
        self.connected = True
        if self.spec['proto'] == 'udp':
            self.socket.send(b'q')

    def fail(self, code):
        if code == errno.EINPROGRESS:
            return
        self.result = outcome_of(code)

    def step(self):
        try:
            got = self.socket.recv(4096)  # what came before a reset can still be read
            self.connected = True
            if got == b'':
                self.result = {'outcome': 'timeout', 'after': 'connect'}
            self.read += got
            if self.spec['proto'] == 'udp' or self.read.endswith(b'\n'):
                self.result = {'outcome': 'arrived', 'at': json.loads(self.read)}
        except BlockingIOError:
            self.connected = True
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                self.result = outcome_of(error.errno)


def send(specs, wait):
    clients = [Client(spec) for spec in specs]
    end = time.monotonic() + wait
    while time.monotonic() < end:
        open_ = {c.socket: c for c in clients if c.result is None and c.socket is not None}
        if not open_:
            break
        connecting = [s for s, c in open_.items() if not c.connected]
        readable, writable, _ = select.select(list(open_) + list(opened), connecting, [], max(0, end - time.monotonic()))
        for s in set(readable) | set(writable):
            if s in open_:
                open_[s].step()
            elif s in opened:
                (drain if opened[s]['proto'] == 'accepted' else serve)(s)
    results = [c.result or {'outcome': 'timeout', 'after': 'connect' if c.connected else None} for c in clients]
    for c in clients:
        if c.socket is not None:
            c.socket.close()
    return {'results': results}


def close():
    count = len(opened)
    for s in list(opened):
        s.close()
    opened.clear()
    return {'closed': count}


for line in sys.stdin:
    request = json.loads(line)
    if 'listen' in request:
        answer = listen(request['listen'])
    elif 'send' in request:
        answer = send(request['send'], request['wait'])
    else:
        answer = close()
    print(json.dumps(answer), flush=True)
