"""Runs one plug-in promise (SLAP protocol, section 17) and says what came of it.

Given to the Python of the instance's own software, inside the partition's sandbox, as the text of `python3 -c`; its one argument is a JSON
object. What came of it is the last line of the output.

The plug-in runs in a process of its own: what it prints is dropped, and what it leaves undone is made up for here. It imports
`slapos.grid.promise` and `zope.interface` where its own `sys.path` has them; otherwise it finds the little that promises need of them in
this file.
"""
import abc
import datetime
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import logging
import os
import random
import re
import select
import signal
import sys
import time
import traceback

STATE_FOLDER = '.slapgrid/promise'
LOG_FOLDER = STATE_FOLDER + '/log'
RESULT_FOLDER = STATE_FOLDER + '/result'
CACHE_FOLDER = STATE_FOLDER + '/cache'
DEFAULT_PERIODICITY_MINUTES = 2
MESSAGE_CHARACTERS = 5000
# A log is read from its end and cut at its beginning: promises run for years.
LOG_READ_BYTES = 512 * 1024
LOG_MOST_BYTES = 1024 * 1024
ANSWER_MOST_BYTES = 256 * 1024
# Between the request to end and the end of all of it.
GRACE_SECONDS = 1
POLL_SECONDS = 0.05

NO_RESULT = 'Error: No output returned by the promise'
TIMED_OUT = 'Error: Promise timed out after %s seconds'


# --- slapos.grid.promise.generic -----------------------------------------------------------------------------------------------------

LOG_DATE = '%Y-%m-%d %H:%M:%S'
LOG_LINE = re.compile(r'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - ([A-Z]+) - (\d+-\d{3}) - (.*)', re.DOTALL)
FAILING_LEVELS = ('ERROR', 'CRITICAL')


class PromiseError(Exception):
  """A promise is not kept."""


class BaseResult:
  """What a promise decided."""

  def __init__(self, problem=False, message=None, date=None):
    self._problem = problem
    self._message = message
    self._date = date if date is not None else datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)

  @staticmethod
  def type():
    return 'Base Result'

  def hasFailed(self):
    return self._problem

  @property
  def message(self):
    return self._message

  @property
  def date(self):
    return self._date


class TestResult(BaseResult):
  @staticmethod
  def type():
    return 'Test Result'


class AnomalyResult(BaseResult):
  @staticmethod
  def type():
    return 'Anomaly Result'


class EmptyResult(BaseResult):
  """Nothing was to be decided."""

  def __init__(self):
    super().__init__(message='')

  @staticmethod
  def type():
    return 'Empty Result'


class PromiseQueueResult:
  """A result on its way to who started the promise."""

  def __init__(self, path=None, name=None, title=None, item=None, execution_time=0):
    self.path = path
    self.name = name
    self.title = title
    self.item = item
    self.execution_time = execution_time


class GenericPromise(abc.ABC):
  """What a plug-in derives its `RunPromise` from: it senses by logging, and is decided about by what was logged."""

  def __init__(self, config):
    settings = dict(config)
    self.__log_folder = settings.pop('log-folder')
    self.__partition_folder = settings.pop('partition-folder')
    self.__queue = settings.pop('queue', None)
    self.__path = settings.pop('path')
    self.__name = settings.pop('name')
    self.__debug = settings.pop('debug', False)
    self.__config = settings
    self.__title = os.path.splitext(self.__name)[0]
    self.__periodicity = DEFAULT_PERIODICITY_MINUTES
    self.__is_tested = True
    self.__is_anomaly_detected = True
    self.__may_bang = True
    # Common to all lines of one execution.
    self.__transaction = '%d-%03d' % (time.time(), random.randrange(1000))
    self.__log_file = os.path.join(self.__log_folder, self.__title + '.log')
    self._configureLogger()

  def _configureLogger(self):
    os.makedirs(self.__log_folder, exist_ok=True)
    handler = logging.FileHandler(self.__log_file, encoding='utf-8', delay=False)
    if hasattr(handler, 'errors'):
      handler.errors = 'backslashreplace'
    line = '%(asctime)s - %(levelname)s - ' + self.__transaction + ' - %(message)s'
    handler.setFormatter(logging.Formatter(line, LOG_DATE))
    self.logger = logging.getLogger(self.__name)
    self.logger.setLevel(logging.DEBUG if self.__debug else logging.INFO)
    self.logger.propagate = False
    self.logger.handlers = [handler]

  def getConfig(self, key, default=None):
    return self.__config.get(key, default)

  def setConfig(self, key, value):
    self.__config[key] = value

  def getName(self):
    return self.__name

  def getTitle(self):
    return self.__title

  def getLogFile(self):
    return self.__log_file

  def getLogFolder(self):
    return self.__log_folder

  def getPartitionFolder(self):
    return self.__partition_folder

  def getPromiseFile(self):
    return self.__path

  def getPeriodicity(self):
    return self.__periodicity

  def setPeriodicity(self, minute):
    """Lets so many minutes pass at least between two executions."""
    if minute <= 0:
      raise ValueError('Cannot set promise periodicity to a value less than 1')
    self.__periodicity = minute

  def isTested(self):
    return self.__is_tested

  def setTestLess(self):
    """Says nothing about a deployment."""
    self.__is_tested = False

  def isAnomalyDetected(self):
    return self.__is_anomaly_detected

  def setAnomalyLess(self):
    """Says nothing about an instance that runs."""
    self.__is_anomaly_detected = False

  def allowBang(self, allow=True):
    """Whether the instance is processed again because of an anomaly."""
    self.__may_bang = bool(allow)

  @abc.abstractmethod
  def sense(self):
    """Looks, and logs what it sees: an error is a failure."""

  def test(self):
    """Decides about a deployment."""
    return self._test(result_count=1, failure_amount=1)

  def anomaly(self):
    """Decides about an instance that runs."""
    return self._anomaly(result_count=1, failure_amount=1)

  def _test(self, result_count=1, failure_amount=1, latest_minute=0):
    return TestResult(*self.__decided(result_count, failure_amount, latest_minute))

  def _anomaly(self, result_count=1, failure_amount=1, latest_minute=0):
    return AnomalyResult(*self.__decided(result_count, failure_amount, latest_minute))

  def __decided(self, result_count, failure_amount, latest_minute):
    executions = self.getLastPromiseResultList(latest_minute=latest_minute, result_count=result_count)
    if not executions:
      return False, 'No result found!'
    failed = [any(line['status'] in FAILING_LEVELS for line in lines) for lines in executions]
    # What is well by now is well, whatever was before.
    has_failed = failed[0] and sum(failed) >= failure_amount
    return has_failed, '\n'.join(line['message'] for line in executions[0])

  def getLastPromiseResultList(self, latest_minute=0, result_count=1, only_failure=False):
    """The lines of the latest executions, the latest first: lists of `{date, status, message}`."""
    earliest = None
    if latest_minute > 0:
      earliest = datetime.datetime.now() - datetime.timedelta(minutes=latest_minute)
    executions = {}
    for date, level, transaction, message in reversed(logged_lines(self.__log_file)):
      moment = datetime.datetime.strptime(date, LOG_DATE)
      if earliest is not None and moment < earliest.replace(microsecond=0):
        break
      if transaction not in executions and len(executions) >= result_count:
        break
      executions.setdefault(transaction, []).insert(0, {'date': moment, 'status': level, 'message': message})
    if not only_failure:
      return list(executions.values())
    return [[line for line in lines if line['status'] in FAILING_LEVELS] for lines in executions.values()]

  def run(self, check_anomaly=False, can_bang=True):
    """Senses, decides, and puts the result into the queue. Who reads the queue bangs."""
    begun = time.time()
    result = EmptyResult()
    if self.__is_anomaly_detected if check_anomaly else self.__is_tested:
      try:
        self.sense()
      except Exception as error:
        self.logger.error(str(error))
      method = 'anomaly' if check_anomaly else 'test'
      try:
        decided = getattr(self, method)()
        expected = AnomalyResult if check_anomaly else TestResult
        if decided is None:
          result = expected(True, "Promise %s method returned 'None'" % method)
        else:
          result = decided
      except Exception as error:
        self.logger.error(str(error))
        result = (AnomalyResult if check_anomaly else TestResult)(True, str(error))
    self.__queue.put(
      PromiseQueueResult(self.__path, self.__name, self.__title, result, time.time() - begun))


def logged_lines(log_file):
  """The lines of a log as (date, level, transaction, message); what has no head belongs to the line before it."""
  lines = []
  for text in end_of(log_file).split('\n'):
    head = LOG_LINE.match(text)
    if head is not None:
      lines.append(list(head.groups()))
    elif lines:
      lines[-1][3] += '\n' + text
  if lines and lines[-1][3].endswith('\n'):
    lines[-1][3] = lines[-1][3][:-1]
  return lines


def end_of(log_file):
  try:
    with open(log_file, 'rb') as log:
      log.seek(max(0, os.fstat(log.fileno()).st_size - LOG_READ_BYTES))
      return log.read(LOG_READ_BYTES).decode('utf-8', 'replace')
  except OSError:
    return ''


# --- zope.interface, where it is not installed ---------------------------------------------------------------------------------------


class Interface:
  """What classes say they implement."""

  @classmethod
  def implementedBy(cls, implementation):
    return any(issubclass(each, cls) for each in getattr(implementation, '__implemented__', ()))


class Attribute:
  def __init__(self, doc=''):
    self.__doc__ = doc


def implementer(*interfaces):
  def declare(implementation):
    implementation.__implemented__ = interfaces + tuple(getattr(implementation, '__implemented__', ()))
    return implementation

  return declare


# --- what a plug-in imports that is not there ----------------------------------------------------------------------------------------


def promise_interface():
  """`IPromise`, of whichever `zope.interface` there is."""

  class IPromise(importlib.import_module('zope.interface').Interface):
    def __init__(config):
      """Takes its settings."""

    def sense():
      """Looks, and logs what it sees."""

    def test():
      """Decides about a deployment."""

    def anomaly():
      """Decides about an instance that runs."""

  return IPromise


STANDINS = {
  'slapos': lambda: {},
  'slapos.grid': lambda: {},
  'slapos.grid.promise': lambda: {'PromiseError': PromiseError},
  'slapos.grid.promise.interface': lambda: {'IPromise': promise_interface()},
  'slapos.grid.promise.generic': lambda: {
    'AnomalyResult': AnomalyResult,
    'BaseResult': BaseResult,
    'EmptyResult': EmptyResult,
    'GenericPromise': GenericPromise,
    'PROMISE_LOG_FOLDER_NAME': LOG_FOLDER,
    'PROMISE_PARAMETER_NAME': 'extra_config_dict',
    'PROMISE_RESULT_FOLDER_NAME': RESULT_FOLDER,
    'PROMISE_STATE_FOLDER_NAME': STATE_FOLDER,
    'PromiseQueueResult': PromiseQueueResult,
    'TestResult': TestResult,
  },
  'zope': lambda: {},
  'zope.interface': lambda: {'Attribute': Attribute, 'Interface': Interface, 'implementer': implementer},
}


class Standins(importlib.abc.MetaPathFinder, importlib.abc.Loader):
  """The last one that is asked: whatever is installed wins."""

  def find_spec(self, name, path=None, target=None):
    if name not in STANDINS:
      return None
    return importlib.machinery.ModuleSpec(name, self, is_package=True)

  def create_module(self, spec):
    return None

  def exec_module(self, module):
    vars(module).update(STANDINS[module.__name__]())


# --- the plug-in, in a process of its own --------------------------------------------------------------------------------------------


class Answer:
  """Where a promise puts its result; only the first counts."""

  def __init__(self, descriptor, promise):
    self._descriptor = descriptor
    self._promise = promise

  def put(self, queued, *_, **__):
    promise = self._promise()
    result = queued.item
    message = '' if result.message is None else str(result.message)
    tell(self._descriptor, {
      'type': result.type(),
      'failed': bool(result.hasFailed()),
      'message': shortened(message.strip()),
      'periodicity': promise.getPeriodicity(),
      'tested': promise.isTested(),
      'anomaly_detected': promise.isAnomalyDetected(),
      'may_bang': promise.may_bang,
    })

  put_nowait = put


def tell(descriptor, answer):
  os.write(descriptor, json.dumps(answer).encode() + b'\n')


def shortened(message):
  return message if len(message) <= MESSAGE_CHARACTERS else '...' + message[-MESSAGE_CHARACTERS:]


def load(file):
  """@returns the plug-in's class and its own settings."""
  folder, name = os.path.split(file)
  # Last, so that a plug-in hides nothing that its own modules import.
  sys.path.append(folder)
  loader = importlib.machinery.SourceFileLoader(os.path.splitext(name)[0], file)
  module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(loader.name, loader, origin=file))
  sys.modules[loader.name] = module
  loader.exec_module(module)
  promise_class = getattr(module, 'RunPromise', None)
  if promise_class is None:
    raise AttributeError('%s has no class RunPromise' % name)
  interface = importlib.import_module('slapos.grid.promise.interface')
  if not interface.IPromise.implementedBy(promise_class):
    raise RuntimeError('RunPromise of %s does not implement IPromise' % name)
  return promise_class, dict(getattr(module, 'extra_config_dict', None) or {})


def run_plugin(request, descriptor):
  promise_class, settings = load(request['file'])

  class Watched(promise_class):
    """Remembers what the class itself tells nobody."""

    may_bang = True

    def allowBang(self, allow=True):
      self.may_bang = bool(allow)
      super().allowBang(allow)

  promises = []
  settings.update({
    'computer-id': request['computer'],
    'debug': False,
    'log-folder': os.path.join(request['partition_folder'], LOG_FOLDER),
    # How an instance reaches its master is a secret, which its software has in a file if it wants to.
    'master-url': '',
    'name': os.path.basename(request['file']),
    'partition-cert': None,
    'partition-folder': request['partition_folder'],
    'partition-id': request['partition'],
    'partition-key': None,
    'path': request['file'],
    'promise-timeout': request['timeout'],
    'queue': Answer(descriptor, lambda: promises[0]),
  })
  promises.append(Watched(settings))
  promises[0].run(check_anomaly=request['anomaly'], can_bang=False)


def child(request, descriptor):
  """Never returns."""
  try:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
      os.dup2(nothing, standard)
    sys.meta_path.append(Standins())
    run_plugin(request, descriptor)
  except BaseException as error:
    tell(descriptor, {'cause': ''.join(traceback.format_exception_only(type(error), error)).strip()[-1000:]})
  finally:
    os._exit(0)


# --- who started it ------------------------------------------------------------------------------------------------------------------


def execute(request):
  """@returns what the plug-in answered (None: nothing), and whether it took too long."""
  reading, writing = os.pipe()
  pid = os.fork()
  if pid == 0:
    os.close(reading)
    child(request, writing)
  os.close(writing)
  deadline = time.monotonic() + request['timeout']
  told = b''
  try:
    while True:
      # Looked at first: what it told before its end is all there when it has ended.
      ended = os.waitpid(pid, os.WNOHANG)[0] != 0
      while select.select([reading], [], [], 0 if ended else POLL_SECONDS)[0]:
        part = os.read(reading, 65536)
        told += part
        if not part or b'\n' in told or len(told) > ANSWER_MOST_BYTES:
          break
      if b'\n' in told or ended:
        return answer_of(told), False
      if time.monotonic() > deadline:
        end(pid)
        return None, True
  finally:
    os.close(reading)


def answer_of(told):
  try:
    answer = json.loads(told.split(b'\n')[0].decode())
    return answer if isinstance(answer, dict) else None
  except ValueError:
    return None


def end(pid):
  """Asks its whole group to end. What does not within a second, nor was of the group, ends with the sandbox."""
  for signal_number in (signal.SIGTERM, signal.SIGKILL):
    try:
      os.killpg(pid, signal_number)
    except OSError:
      return
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
      if os.waitpid(pid, os.WNOHANG)[0] != 0:
        return
      time.sleep(POLL_SECONDS)


def kept_badly(file):
  """Whether the result before this was a failure, or none at all because something went wrong."""
  try:
    with open(file, encoding='utf-8') as saved:
      result = json.loads(saved.read(65536))['result']
    return bool(result['failed']) or 'error:' in result['message'].lower()
  except (OSError, ValueError, KeyError, TypeError, AttributeError):
    return False


def write(file, document):
  os.makedirs(os.path.dirname(file), exist_ok=True)
  unfinished = '%s.%d' % (file, os.getpid())
  with open(unfinished, 'w', encoding='utf-8') as written:
    json.dump(document, written)
  os.replace(unfinished, file)


def cut(log_file):
  try:
    if os.stat(log_file).st_size <= LOG_MOST_BYTES:
      return
    end_text = end_of(log_file)
    unfinished = '%s.%d' % (log_file, os.getpid())
    with open(unfinished, 'w', encoding='utf-8', errors='backslashreplace') as shorter:
      shorter.write(end_text[end_text.find('\n') + 1:])
    os.replace(unfinished, log_file)
  except OSError:
    pass


def main(request):
  folder = request['partition_folder']
  name = os.path.basename(request['file'])
  title = os.path.splitext(name)[0]
  result_file = os.path.join(folder, RESULT_FOLDER, title + '.status.json')
  begun = time.time()
  answer, timed_out = execute(request)
  now = time.time()
  if answer is None or 'cause' in answer or 'type' not in answer:
    message = TIMED_OUT % request['timeout'] if timed_out else NO_RESULT
    if answer is not None and 'cause' in answer:
      message += '\n' + answer['cause']
    answer = {
      'type': 'Anomaly Result' if request['anomaly'] else 'Test Result',
      'failed': not request['anomaly'] or kept_badly(result_file),
      'message': message,
      'periodicity': DEFAULT_PERIODICITY_MINUTES,
      'tested': True,
      'anomaly_detected': True,
      'may_bang': False,
    }
  try:
    cut(os.path.join(folder, LOG_FOLDER, title + '.log'))
    if answer['type'] != 'Empty Result':
      write(result_file, {
        'title': title,
        'name': name,
        'path': request['file'],
        'execution-time': round(now - begun, 3),
        'result': {
          'type': answer['type'],
          'failed': answer['failed'],
          'date': time.strftime('%Y-%m-%dT%H:%M:%S+0000', time.gmtime(now)),
          'message': answer['message'],
        },
      })
    write(os.path.join(folder, CACHE_FOLDER, title), {
      'is_tested': answer['tested'],
      'is_anomaly_detected': answer['anomaly_detected'],
      'periodicity': answer['periodicity'],
      'next_run_after': now + answer['periodicity'] * 60,
      'timestamp': now,
      'module_file': request['file'],
      'module_file_mtime': os.stat(request['file']).st_mtime,
    })
  except OSError:
    # A full disk, or something else where the files belong: it is the answer that counts.
    pass
  print('\n' + json.dumps({
    'decided': answer['type'] != 'Empty Result',
    'failed': answer['failed'],
    'message': answer['message'],
    'periodMinutes': answer['periodicity'],
    'mayBang': answer['may_bang'],
  }))


main(json.loads(sys.argv[1]))
