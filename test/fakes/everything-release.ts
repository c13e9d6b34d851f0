/**
 * A software release with one of everything, of which nothing needs to be installed.
 */

/** @param options.promisePeriod seconds between two checks. */
export function everythingRelease({ name = 'test', promisePeriod = 60 } = {}): string {
  return `schema: 1
name: ${name}
title: Test
description: A release with one of everything.
category: cache
homepage: https://example.org/
version: '1'
components:
  - provider: apt
    packages: [coreutils]
types:
  default:
    parameters:
      type: object
      properties:
        slave_instance_list:
          type: array
          title: Shared instances
          default: []
          items:
            type: object
            title: Shared instance
            properties:
              slave_reference:
                type: string
                title: Reference
              domain:
                type: string
                title: Domain
            required: [slave_reference, domain]
        size:
          type: integer
          title: Size
          default: 1
    secrets:
      password: {}
    files:
      - path: shared.json
        format: json
        content: |
          {"shared": {{ parameter.slave_instance_list }}}
      - path: settings.properties
        format: properties
        content: |
          size={{ parameter.size }}
          password={{ secret.password }}
    services:
      - name: service
        command: [/usr/bin/sleep, infinity]
    publish:
      - name: door
        port: 8080
    promises:
      - name: well
        kind: command
        period: ${promisePeriod}
        command: [/usr/bin/true]
    connection:
      host: '{{ address.door.host }}'
      port: '{{ address.door.port }}'
      size: '{{ parameter.size }}'
    shared:
      connection:
        url: 'http://{{ address.door.host }}:{{ address.door.port }}/{{ shared.domain }}?key={{ secret.password }}'
`;
}
